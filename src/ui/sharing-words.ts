import type { Sharing } from '../shared/image/sharing.ts';
import type { BatchMarks } from '../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { formatCount } from './format.ts';

/** How far an image is shared, as reports and pages show it. */
export interface SharingRow {
  /** `none`: an older version imported it; its manifest has to be submitted again. */
  readonly state: keyof BatchMarks['sharing'] | 'none';
  readonly shared: number;
  readonly total: number;
  readonly members: readonly MemberRow[];
  readonly problem: { readonly code: string; readonly message: string } | null;
  readonly text: string;
}

/** One project that an image is shared with; `null` where there is nothing to say. */
interface MemberRow {
  readonly project: string;
  readonly status: string;
  readonly code: string | null;
  readonly message: string | null;
}

/** `undefined` while there is no image, and where it is shared with nobody. */
export function sharingRow({ state, request, sharing }: LedgerEntry): SharingRow | undefined {
  const wanted = request.members ?? [];
  if (state.status !== 'succeeded' || wanted.length === 0) return undefined;
  const members = wanted.map((project): MemberRow => {
    const { status, code, message } = sharing?.members[project] ?? { status: 'adding' as const };
    return { project, status, code: code ?? null, message: message ?? null };
  });
  const shared = members.filter(({ status }) => status === 'accepted').length;
  const problem = sharing?.problem;
  return {
    state: sharing?.state ?? 'none',
    shared,
    total: wanted.length,
    members,
    problem: problem ? { code: problem.code, message: problem.message } : null,
    text: textOf(members, sharing),
  };
}

/** `shared with 2 of 3 projects; waiting for acceptance of …` */
function textOf(members: readonly MemberRow[], sharing: Sharing | undefined): string {
  if (!sharing) return 'not shared yet: submit the manifest again';
  const those = (status: string): readonly string[] =>
    members.filter((member) => member.status === status).map(({ project }) => project);
  const list = (words: string, status: string): readonly string[] => {
    const projects = those(status);
    return projects.length === 0 ? [] : [`${words} ${projects.join(', ')}`];
  };
  const [all, shared] = [members.length, those('accepted').length];
  const projects = formatCount(all, 'project');
  return [
    shared === all ? `shared with ${projects}` : `shared with ${shared} of ${projects}`,
    ...list('waiting for acceptance of', 'pending'),
    ...list('not added yet:', 'adding'),
    ...list('rejected by', 'rejected'),
    ...members
      .filter(({ status }) => status === 'failed')
      .map(({ project, code, message }) => `not with ${project}: ${code}: ${message}`),
    ...(sharing.problem
      ? [`last problem: ${sharing.problem.code}: ${sharing.problem.message}`]
      : []),
    ...(sharing.state === 'failed' ? ['submit the manifest again to try again'] : []),
  ].join('; ');
}

/** What is to say of the images of a batch beside their states. */
export function marksTexts(marks: BatchMarks = NO_MARKS): readonly string[] {
  const { sharing, differing } = marks;
  const text = (count: number, words: string): readonly string[] =>
    count === 0 ? [] : [`${formatCount(count)} ${words}`];
  return [
    ...text(sharing.done, 'shared'),
    ...text(sharing.open, 'being shared'),
    ...text(sharing.failed, 'not shared with all its projects'),
    ...text(differing, 'not as requested'),
  ];
}

export const NO_MARKS: BatchMarks = { sharing: { open: 0, done: 0, failed: 0 }, differing: 0 };
