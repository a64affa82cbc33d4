// Connects a part to gr.HTML. A part exports mount(root, { props, ask, upload }) and may give back { answer(value) }.
//
// gr.HTML runs its script once per mount; `watch` reports only what Python changed, so nothing loops.

export async function connect(name, { element, props, trigger, watch, upload }) {
  const { mount } = await import(`./${name}.js`);
  const part = mount(element.querySelector(".part"), {
    props,
    upload,
    ask(value) {
      props.value = value; // both are needed: the event alone leaves the value in Python as it was
      trigger("ask", { rev: value.rev });
    },
  });
  if (part?.answer) watch("answer", () => part.answer(props.answer));
}
