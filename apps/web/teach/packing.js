// Many files as one zip, so that they arrive all together or not at all, with their folders. Nothing is compressed:
// pictures are already. APPNOTE.TXT of PKWARE, 4.3 and 4.4.

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
  return byte;
});
const UTF8 = 0x800; // bit 11 of the flags: names are UTF-8
export const MOST_FILES = 65_535; // in one zip; more would need Zip64
const DAY = 0x21; // 1 January 1980, the first there is: files keep no dates

/** A Blob. entries: [{ file, path }], at most MOST_FILES; said(share) hears how much is read; an abort of the signal ends it. */
export async function packed(entries, { said = () => {}, signal } = {}) {
  const whole = entries.reduce((sum, { file }) => sum + file.size, 0) || 1;
  const parts = [], directory = [];
  let offset = 0, read = 0;
  for (const { file, path } of unlike(entries)) {
    const name = new TextEncoder().encode(path);
    let crc = -1;
    const reader = file.stream().getReader();
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) break;
      for (const byte of value) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
      said((read += value.length) / whole);
    }
    const common = [[2, 20], [2, UTF8], [2, 0], [2, 0], [2, DAY], [4, ~crc], [4, file.size], [4, file.size], [2, name.length], [2, 0]];
    const header = bytes([[4, 0x04034b50], ...common]);
    directory.push(bytes([[4, 0x02014b50], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]), name);
    parts.push(header, name, file);
    offset += header.length + name.length + file.size;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const count = entries.length;
  const end = bytes([[4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/** The same with a path of its own for every one: two dropped folders may hold files of the same name. */
function unlike(entries) {
  const taken = new Set();
  return entries.map(({ file, path }) => {
    let name = path;
    for (let again = 2; taken.has(name); again++) name = path.replace(/(\.[^./]*)?$/, (suffix) => ` (${again})${suffix}`);
    taken.add(name);
    return { file, path: name };
  });
}

/** Little-endian numbers, [bytes, value] each. */
function bytes(fields) {
  const made = new DataView(new ArrayBuffer(fields.reduce((sum, [width]) => sum + width, 0)));
  let place = 0;
  for (const [width, value] of fields) {
    if (width === 2) made.setUint16(place, value, true);
    else made.setUint32(place, value, true);
    place += width;
  }
  return new Uint8Array(made.buffer);
}
