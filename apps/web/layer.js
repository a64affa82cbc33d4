// A canvas that lies over a picture: as fine as the screen, and painted at most once a frame.

/** paint(fit): fit() makes the canvas as many device pixels as it covers, clears it, and gives { context, ratio }, ratio
 *  device pixels per CSS pixel; null where nothing of it is seen. Gives { repaint, close }; a new size repaints itself. */
export function layer(canvas, paint) {
  let due = 0;

  function repaint() {
    due ||= requestAnimationFrame(() => {
      due = 0;
      paint(fit);
    });
  }

  function fit() {
    const ratio = window.devicePixelRatio || 1;
    const area = canvas.getBoundingClientRect();
    [canvas.width, canvas.height] = [Math.round(area.width * ratio), Math.round(area.height * ratio)];
    return canvas.width ? { context: canvas.getContext("2d"), ratio } : null;
  }

  const resized = new ResizeObserver(repaint);
  resized.observe(canvas);
  return { repaint, close: () => (cancelAnimationFrame(due), resized.disconnect()) };
}
