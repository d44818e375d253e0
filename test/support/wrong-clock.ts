/**
 * Loaded into a process of ours before anything else (`node --import`): its wall clock is wrong by
 * WRONG_CLOCK_MS, and from SIGUSR2 on by WRONG_CLOCK_THEN_MS. The monotonic clock stays right.
 */
const rightNow = Date.now;
let wrongMs = Number(process.env['WRONG_CLOCK_MS'] ?? 0);
process.on('SIGUSR2', () => {
  wrongMs = Number(process.env['WRONG_CLOCK_THEN_MS'] ?? 0);
});

const now = (): number => rightNow() + wrongMs;

globalThis.Date = new Proxy(Date, {
  construct: (target, given: ConstructorParameters<DateConstructor>, newTarget) =>
    Reflect.construct(target, Array.from(given).length === 0 ? [now()] : given, newTarget),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});
