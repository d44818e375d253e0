import { STATUSES } from '../state/machine.ts';

/** What can be seen without looking at the images; pure. */
export function isSuspect(
  hash: Readonly<Record<string, string>>,
  { size, places, due }: { readonly size: number; readonly places: number; readonly due: number },
): boolean {
  if (hash['created_at'] === undefined || hash['doubted'] !== undefined) return true;
  const names = [...STATUSES.map((state) => `n:${state}`), 'held', 'missing'];
  const numbers = names.map((name) => Number(hash[name] ?? 0));
  if (!numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) return true;
  const [pending = 0, submitting = 0, creating = 0, unknown = 0] = numbers;
  const [held = 0, missing = 0] = numbers.slice(-2);
  const sum = numbers.slice(0, STATUSES.length).reduce((total, number) => total + number, missing);
  const inFlight = submitting + creating + unknown - held;
  if (sum !== size || inFlight > places || pending + inFlight > due) return true;
  return (pending + inFlight === 0) !== (hash['finished_at'] !== undefined) && size > missing;
}
