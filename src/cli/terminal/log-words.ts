import { formatCounts } from '../../producer/progress.ts';
import type { Counts } from '../../shared/ledger/batch-store.ts';
import { withCodeWords } from '../../shared/text/code-words.ts';
import { formatCount, formatDuration } from '../../ui/format.ts';

/** The fields of a log line. */
export type Fields = Readonly<Record<string, unknown>>;

/** The message of a worker for each change of the state of an image. */
const MOVED = 'import moved';

/**
 * What log messages mean to a person, where the message alone does not say it. The others are shown as they
 * are, with the reason and the advice of their fields.
 */
const WORDS: Readonly<Record<string, (fields: Fields) => string>> = {
  [MOVED]: (of) => movedText(of),
  'logged in': (of) => `logged in as ${text(of, 'user')}`,
  'worker started': (of) => `worker started for project ${text(of, 'project')}`,
  'watching for manifests': (of) => `watching ${text(of, 'folder')} for manifests`,
  'archiving finished batches': (of) =>
    `batches move to ${text(of, 'folder')} ${formatDuration(number(of, 'afterMs'))} after their end`,
  'batch archived': (of) => `archived to ${text(of, 'file')}`,
  'serving health and metrics': (of) => `health and metrics at ${text(of, 'url')}`,
  'serving this cloud too': (of) => `serving cloud ${text(of, 'cloud')}, too`,
  'manifest submitted': (of) => `${text(of, 'file')}: ${submitted(of)}`,
  'edited manifest submitted': (of) => `${text(of, 'file')} was edited: ${submitted(of)}`,
  'manifest unchanged': (of) => `${text(of, 'file')} is unchanged`,
  'manifest unchanged; its batch is archived': (of) =>
    `${text(of, 'file')} is unchanged; its batch is archived`,
  'manifest looked at again': (of) => `${text(of, 'file')} is looked at again: ${submitted(of)}`,
  'image files checked': (of) => `${text(of, 'file')}: ${text(of, 'found')}`,
  'manifest refused': (of) => `${text(of, 'file')} is refused: ${refusal(of)}`,
  'manifest waits for its bucket': (of) => `${text(of, 'file')} waits for its bucket`,
  'copies wait for their cloud': (of) => `copies wait for cloud ${text(of, 'cloud')}`,
  'the cloud of copies is back': (of) =>
    `cloud ${text(of, 'cloud')} answers again, its copies continue`,
  'manifest moved': (of) => `${text(of, 'file')} moved to ${text(of, 'to')}`,
  'manifest finished': (of) => `${text(of, 'file')} is done: ${outcome(of)}`,
  'manifest finished; not every image is as it requests': (of) =>
    `${text(of, 'file')} is finished, not every image as it requests: ${outcome(of)}`,
  'batch finished': (of) => `batch finished: ${counted(of)}`,
  'throttled by the cloud, all workers pause': (of) =>
    `the cloud limits ${callsOf(of)}: all workers pause for ${formatDuration(number(of, 'pauseMs'))}`,
  'throttled repeatedly: all workers share a lower rate': (of) =>
    `throttled repeatedly: all workers share ${number(of, 'requestsASecond').toFixed(1)} requests a second`,
  'something other than the cloud answers, all workers pause': (of) =>
    `something other than the cloud answers: all workers pause for ${formatDuration(number(of, 'pauseMs'))}`,
  'image list scanned before the first create': (of) =>
    `image list read: ${formatCount(number(of, 'images'), 'image')}, ${number(of, 'marked')} of ours, ${number(of, 'adopted')} adopted`,
  'the quota has room again, resuming': (of) =>
    `the quota has room again (${number(of, 'free')} free), resuming`,
  'overdue imports enqueued again': (of) =>
    number(of, 'enqueued') === 1
      ? '1 overdue import enqueued again'
      : `${number(of, 'enqueued')} overdue imports enqueued again`,
  'dashboard: action started': (of) => `${text(of, 'user')} starts: ${text(of, 'action')}`,
  'dashboard: action ended': (of) =>
    `${text(of, 'user')}: ${text(of, 'action')}: ${text(of, 'outcome')}`,
  'dashboard: queue button': (of) => `${text(of, 'user')} pressed ${text(of, 'action')} of a queue`,
  'notification delivered': (of) => `${text(of, 'target')} notified: ${text(of, 'type')}`,
  'notification not delivered, tried again later': (of) =>
    `${text(of, 'target')} not notified of ${text(of, 'type')}, tried again in ${formatDuration(number(of, 'pauseMs'))}`,
  'notification given up': (of) =>
    `${text(of, 'target')} not notified${of['type'] === undefined ? '' : ` of ${text(of, 'type')}`}, given up`,
  'no worker has the target that this batch notifies': (of) =>
    `notify: ${text(of, 'target')} reaches nobody: no worker has it in its settings`,
  'log lines were lost': (of) => `${number(of, 'lost')} log lines were lost (${text(of, 'code')})`,
};

/** A log line in words, without its time and its subject; with the reason, and what to do. */
export function wordsOf(message: string, fields: Fields): string {
  const words = `${WORDS[message]?.(fields) ?? message}${reasonText(fields)}`;
  // Of many failed images, each would repeat the same advice.
  const advice = message === MOVED ? undefined : adviceIn(fields);
  if (advice === undefined) return words;
  return `${words}${/[.!?)]$/.test(words) ? '' : '.'} ${advice}`;
}

/** What repeats while it lasts: one line with the latest is enough. */
export const LASTING: ReadonlySet<string> = new Set([
  'throttled by the cloud, all workers pause',
  'throttled repeatedly: all workers share a lower rate',
  'something other than the cloud answers, all workers pause',
  'overdue imports enqueued again',
]);

/** What every image passes through, and nobody waits for. */
export function isRoutine(message: string, fields: Fields): boolean {
  if (message !== MOVED) return false;
  return fields['to'] === 'submitting' || (fields['to'] === 'pending' && !fields['reason']);
}

function movedText(fields: Fields): string {
  const to = text(fields, 'to');
  if (to === 'creating') return 'accepted, IMS is creating it';
  if (to === 'unknown')
    return fields['held'] ? 'held, waiting for your decision' : 'unknown, being looked up';
  return to === 'pending' ? 'pending again' : to;
}

/** The messages that have words of their own. */
export const KNOWN_MESSAGES: readonly string[] = Object.keys(WORDS);

/** `: CODE: the reason`, from wherever a log line has one. */
function reasonText(fields: Fields): string {
  const from = [fields['stop'], fields['err'], fields['reason'], fields].find(
    (one) => typeof one === 'string' || (isFields(one) && typeof one['message'] === 'string'),
  );
  if (typeof from === 'string') return `: ${from}`;
  if (!isFields(from)) return '';
  const code = text(from, 'code');
  const message = text(from, 'message');
  return code === '' ? `: ${message}` : `: ${withCodeWords(`${code}: ${message}`)}`;
}

/** What to do, where a log line says it. */
function adviceIn(fields: Fields): string | undefined {
  const from = [fields, fields['stop'], fields['reason']].find(
    (one) => isFields(one) && typeof one['advice'] === 'string',
  );
  return isFields(from) ? text(from, 'advice') : undefined;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field as text; empty when it is absent. */
export function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function number(fields: Fields, name: string): number {
  const value = fields[name];
  return typeof value === 'number' ? value : 0;
}

/** The batch is named before it. */
function submitted(fields: Fields): string {
  const notes = text(fields, 'notes');
  const line = text(fields, 'submitted').replace(/^Batch [^:]*: /, '');
  return notes === '' ? line : `${line}; ${notes}`;
}

/** The first error, without the path of the file, which is named before it. */
function refusal(fields: Fields): string {
  const errors = fields['errors'];
  if (!Array.isArray(errors)) return '';
  const [first = ''] = errors.map(String);
  const at = first.indexOf(`${text(fields, 'file')}:`);
  const error = at < 0 ? first : first.slice(at + text(fields, 'file').length + 1);
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more: its receipt has all)` : '';
  return `${error}${more}`;
}

function outcome(fields: Fields): string {
  return `${text(fields, 'outcome')} in ${text(fields, 'took')}`;
}

function counted(fields: Fields): string {
  const { counts } = fields;
  return isCounts(counts) ? formatCounts(counts) : '';
}

function isCounts(value: unknown): value is Counts {
  return isFields(value) && typeof value['succeeded'] === 'number';
}

function callsOf(fields: Fields): string {
  return fields['calls'] === 'submit' ? 'creates' : 'reads';
}
