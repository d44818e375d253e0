// What the page knows: its data, and which images are to be shown in which order.
// The parts of the script share one object; nothing else is global.
globalThis.ferry = (() => {
  const [NAME, STATE, KIND, REGISTERED, SUBMITTED, ACCEPTED, FINISHED] = [0, 1, 2, 3, 4, 5, 6];
  const [ATTEMPT, POLLS, JOB, IMAGE, ERROR, REQUEST] = [7, 8, 9, 10, 11, 12];
  const { from, span, now, states, errors, rows } = JSON.parse(
    document.getElementById('data').textContent,
  );
  const none = (value) => value === null || value === undefined;
  const images = rows.map((row) => ({
    name: row[NAME],
    state: row[STATE],
    look: states[row[STATE]][0],
    word: states[row[STATE]][1],
    kind: row[KIND],
    registered: row[REGISTERED],
    submitted: row[SUBMITTED] ?? undefined,
    accepted: row[ACCEPTED] ?? undefined,
    finished: row[FINISHED] ?? undefined,
    attempt: row[ATTEMPT],
    polls: row[POLLS],
    job: row[JOB] ?? undefined,
    image: row[IMAGE] ?? undefined,
    error: errors[row[ERROR]],
    request: row[REQUEST] ?? undefined,
  }));

  // Durations in milliseconds; undefined where there is none.
  const waited = ({ submitted, registered }) =>
    submitted === undefined ? undefined : Math.max(0, submitted - registered);
  const inIms = ({ accepted, finished, look }) => {
    const end = finished ?? (look === 'creating' ? now : undefined);
    return accepted === undefined || end === undefined ? undefined : Math.max(0, end - accepted);
  };

  const matches = ({ name, error, job, image, request }, words) =>
    words === '' ||
    [name, error?.[0], job, image, request].some((text) => text?.toLowerCase().includes(words));

  // Names are compared once: their places are what is sorted by afterwards.
  let places;
  function placeOf(image) {
    if (!places) {
      const { compare } = new Intl.Collator('en', { numeric: true });
      const sorted = images.toSorted((a, b) => compare(a.name, b.name));
      places = new Map(sorted.map((one, place) => [one, place]));
    }
    return places.get(image);
  }

  const VALUES = {
    name: placeOf,
    state: ({ state }) => state,
    finished: ({ finished }) => finished,
    waited,
    ims: inIms,
  };

  // What has no value comes last, whichever way is sorted.
  function sorted(found, { key, down }) {
    const figureOf = VALUES[key];
    if (!figureOf) return found;
    const way = down ? -1 : 1;
    return found
      .map((image) => [figureOf(image), image])
      .sort(([a], [b]) => none(a) - none(b) || (none(a) ? 0 : way * (a - b)))
      .map(([, image]) => image);
  }

  // `state`: a number of the data's list, or undefined for all.
  function find({ words, state }, order) {
    const found = images.filter(
      (image) => (state === undefined || image.state === state) && matches(image, words),
    );
    return sorted(found, order);
  }

  return { from, span, now, total: images.length, find, waited, inIms };
})();
