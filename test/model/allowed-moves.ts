/** Every move of one import that the model reaches; `protocol.test.ts` holds the two equal. */
export const MOVES: readonly string[] = [
  'cancelled → pending',
  'creating → failed',
  'creating → held',
  'creating → succeeded',
  'creating → unknown',
  'failed → creating',
  'failed → pending',
  'held → creating',
  'held → failed',
  'held → pending',
  'held → succeeded',
  'pending → cancelled',
  'pending → creating',
  'pending → submitting',
  'pending → succeeded',
  'submitting → creating',
  'submitting → failed',
  'submitting → pending',
  'submitting → succeeded',
  'submitting → unknown',
  'succeeded → creating',
  'succeeded → pending',
  'unknown → creating',
  'unknown → held',
  'unknown → pending',
  'unknown → succeeded',
];

/** Moves that need what the model leaves out; `all-moves.test.ts` holds both against the state machine. */
export const MOVES_BESIDE: Readonly<Record<string, string>> = {
  'cancelled → creating': 'retry, and a late answer has named an IMS job that is followed instead',
  'submitting → held': 'IMG.0009, and two images carry the marker',
  'failed → succeeded': 'the scan finds its image',
  'failed → held': 'the scan finds two images',
  'pending → held': 'the scan finds two images',
  'unknown → failed': 'resolve --fail, in the moment it is held',
};
