// The photo and who is in it: brought, found by Python, chosen, placed by hand; and all of that once more after a reload.
import { say } from "../words.js";
import { whole } from "./state.js";
import { around } from "./steps.js";

const HAND_BOX = 0.1; // a box around joints placed by hand has this share of their extent as a margin on each side

/** it: the state; page: { change(make), commit(), edit(open), say(line), complain(line) }; of the frame ask, upload,
 *  memory, link; first: the example to begin with. */
export function whom(it, page, { ask, upload, memory, link }, first) {
  let wanted = it.person; // to be chosen once Python has said who is there
  let turn = 0; // what was chosen last counts, whichever arrives first

  async function bring(file, from) {
    const mine = (turn += 1);
    page.complain("");
    try {
      const photo = await upload(file);
      if (mine !== turn) return;
      await take(photo, from, mine);
    } catch (error) {
      if (mine === turn) page.complain(error.message);
    }
  }

  function find(question) {
    turn += 1;
    page.complain("");
    ask(question, "who");
  }

  /** A photo is here; Python is asked who is in it. */
  async function take(photo, from, mine) {
    await show(photo, from);
    if (mine !== turn) return;
    page.say(say("photo.looking"));
    ask({ ask: "people", photo: photo.photo }, "who");
  }

  async function show(photo, from) {
    const image = new Image();
    image.src = photo.url;
    await image.decode();
    memory.photo = photo;
    memory.source = { ...from, photo: photo.photo };
    const nobody = { found: [], people: [], keypoints: null, box: null, person: 0 };
    page.change(() => Object.assign(it, { photo, image, source: from, ...nobody, settings: null, drawn: null, pictures: {} }));
  }

  /** Python said who is there. */
  async function meet(value) {
    const mine = turn;
    if (value.ask !== "people") {
      const { photo, url, width, height, name } = value;
      await show({ photo, url, width, height, name }, { [value.ask]: value.number });
      if (mine !== turn) return;
    }
    const edited = memory.edited?.photo === it.photo.photo ? memory.edited.people : null; // before this page was left
    Object.assign(it, { labels: value.labels, skeleton: value.skeleton, found: value.people, people: edited ?? value.people });
    page.say("");
    if (it.people.length) return choose(Math.min(wanted, it.people.length - 1));
    page.complain(say("augment.nobody"));
    anew();
  }

  function choose(person) {
    wanted = 0;
    page.change(() => Object.assign(it, { person, keypoints: it.people[person].keypoints, box: it.people[person].box }));
    page.commit();
  }

  /** A person whose joints are all placed by hand. */
  function anew() {
    if (!it.photo || !it.skeleton) return;
    const keypoints = it.skeleton.joints.map(() => [0, 0, 0]);
    it.people = [...it.people, { keypoints, box: [0, 0, it.photo.width, it.photo.height], byHand: true }];
    page.edit(true);
    choose(it.people.length - 1);
  }

  /** Joints moved by hand. */
  function place(keypoints) {
    const labeled = keypoints.filter(([, , seen]) => seen > 0);
    const { byHand } = it.people[it.person];
    const box = byHand && labeled.length ? around(labeled, HAND_BOX) : it.box;
    const people = it.people.map((one, person) => (person === it.person ? { keypoints, box, byHand } : one));
    page.change(() => Object.assign(it, { keypoints, box, people }));
    memory.edited = { photo: it.photo.photo, people };
  }

  /** The joints of this person as they came. */
  function asFound() {
    if (!it.found[it.person]) return;
    place(it.found[it.person].keypoints);
    page.commit();
  }

  /** What the address names, or what was there before, maybe on another page, or the first example. */
  function begin() {
    const asked = ["scene", "set"].find((kind) => whole(link.get(kind)) !== null);
    if (asked) return find({ ask: asked, number: whole(link.get(asked)) });
    const example = link.get("example");
    if (example) return bring({ example }, { example });
    const { photo, source } = memory;
    if (!photo) return bring({ example: first }, { example: first });
    const from = source?.photo === photo.photo ? source : {};
    const numbered = ["scene", "set"].find((kind) => from[kind] !== undefined);
    return numbered ? find({ ask: numbered, number: from[numbered] }) : resume(photo);
  }

  async function resume(photo) {
    const mine = (turn += 1);
    const example = photo.photo.startsWith("example-") ? photo.photo.slice("example-".length) : null;
    try {
      await take(photo, example ? { example } : null, mine);
    } catch { // it is no longer on the server
      delete memory.photo;
      if (mine === turn) bring({ example: first }, { example: first });
    }
  }

  /** A choice of the visitor's, who begins anew with it, even where it is the same photo. */
  function another(go) {
    delete memory.edited;
    wanted = 0;
    go();
  }

  return {
    begin, meet, choose, anew, place, asFound,
    example: (name) => another(() => bring({ example: name }, { example: name })),
    photo: (file) => another(() => bring(file, null)),
    scene: (number) => another(() => find({ ask: "scene", number })),
    set: (number) => another(() => find({ ask: "set", number })),
  };
}
