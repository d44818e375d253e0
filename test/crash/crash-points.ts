import type { ScenarioName } from './scenarios.ts';

/** Everything that the create and poll paths wait for, and a scenario in which they do. */
export const POINTS: Readonly<Record<string, ScenarioName>> = {
  'sessions.get': 'plain',
  'project.bind': 'plain',
  'guard.report': 'plain',
  'guard.beginScan': 'plain',
  'guard.scanned': 'plain',
  'generation.note': 'plain',
  'project.lease': 'plain',
  'project.release': 'plain',
  'project.stopped': 'plain',
  'project.coolingMs': 'plain',
  'ledger.read': 'plain',
  'ledger.readMany': 'drained',
  'ledger.sweep': 'plain',
  'ledger.admit': 'plain',
  'ledger.change:accepted': 'plain',
  'ledger.change:polled': 'slow',
  'ledger.change:succeeded': 'plain',
  'ledger.change:unclear': 'dropped',
  'ledger.change:found': 'dropped',
  'ledger.change:not-found': 'unseen',
  'ledger.change:not-sent': 'throttled',
  'ledger.change:refused': 'refused',
  'ledger.change:failed': 'failing',
  'ledger.change:probed': 'measured',
  'ledger.requeued': 'drained',
  'ledger.putOff': 'plain',
  'queues.promote': 'drained',
  'queues.shortenLocks': 'plain',
  'queues.waitingSubmits': 'drained',
  'queues.addPoll': 'plain',
  'queues.addSubmits': 'unseen',
  'ledger.inFlight': 'plain',
  'project.durations.learned': 'plain',
  'project.durations.learn': 'plain',
  'project.listing.of': 'plain',
  'batches.summary': 'plain',
  'project.listingLag': 'measured',
  'project.addLag': 'measured',
  'project.countThrottle': 'throttled',
  'project.claimCoolDown': 'throttled',
  'project.coolDown': 'throttled',
  'project.endThrottle': 'throttled',
  'project.beat': 'plain',
  'project.history.note': 'plain',
  'project.isAlive': 'hanging',
  'project.stop': 'full',
  'project.setFree': 'full',
  'project.resume': 'full',
  'fitness.look': 'plain',
  'guard.healer.checkTypes': 'plain',
  'project.boundTo': 'plain',
  'batches.names': 'plain',
  'guard.healer.suspects': 'plain',
  'guard.healer.placed': 'plain',
  'guard.healer.checkPlaces': 'plain',
  'guard.healer.recount': 'plain',
  'guard.healer.scan': 'plain',
  'guard.healer.rejoin': 'plain',
  'ims.submit': 'plain',
  'ims.job': 'plain',
  'ims.image': 'failing',
  'ims.images': 'plain',
  'ims.quota': 'full',
};

/** Where copies are struck: their source is there already, so the first crossing is a copy's. */
const COPY_POINTS: readonly (readonly [point: string, scenario: ScenarioName])[] = [
  ['ledger.read', 'copied'],
  ['ledger.admit', 'copied'],
  ['ledger.admit', 'away'],
  ['ims.submit', 'copied'],
  ['ims.submit', 'away'],
  ['others.of', 'away'],
  ['writer.write', 'copied'],
  ['ledger.change:accepted', 'away'],
  ['ledger.change:succeeded', 'copied'],
  ['ledger.change:succeeded', 'away'],
  ['ledger.change:unclear', 'copyDropped'],
  ['ledger.change:unclear', 'awayDropped'],
  ['ledger.change:found', 'copyDropped'],
  ['ledger.change:found', 'awayDropped'],
  ['ledger.change:not-found', 'copyUnseen'],
  ['ledger.change:not-sent', 'crowded'],
  ['ledger.nextInCrowd', 'copied'],
  ['queues.addPoll', 'away'],
];

/** Crossed in other tests only. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  'ledger.sharing.count': 'idle, where nothing is shared: sharing.long.test.ts',
  'ledger.sharing.take': 'an image for other projects: sharing.long.test.ts',
  'ledger.sharing.note': 'an image for other projects: sharing.long.test.ts',
  'members.list': 'an image for other projects: sharing.long.test.ts',
  'members.add': 'an image for other projects: sharing.long.test.ts',
  'others.close': 'the end of a worker',
  'batches.register': 'an import that Redis lost under its create: lost-ledger.test.ts',
  'queues.addLateJob': 'a second IMS job: needs a double, which none of these may make',
  'ledger.change:lost': 'IMS forgets a job: decisions of the poll path, fault matrix row 40',
  'ledger.change:seen': 'a scan while images are in creation: faults/seen-once.long.test.ts',
  'ledger.change:found-many': 'two images: fault matrix row 50',
  'project.listing.hasOpen': 'an image that the list has shown: watch-list.test.ts',
  'project.listing.isOff': 'four images in creation: watch-list.test.ts',
  'project.listing.note': 'four images in creation: watch-list.test.ts',
  'project.listing.judge': 'an image that left the list: watch-list.test.ts',
  'project.listing.turnOff': 'a list that shows nothing: watch-list.test.ts',
  'guard.noteNotOnDisk': 'a Redis that does not confirm writes: faults/intent-on-disk.test.ts',
  'guard.healer.note': 'something was repaired: missing-images.test.ts',
  'guard.healer.invalidateIndex': 'meta was removed: ledger/heal-index.test.ts',
  'generation.close': 'the end of a worker',
  'others.of':
    'a copy to another region; an image that another login accepts: sharing.long.test.ts',
  'writer.write': 'a copy that is active',
  'ledger.nextInCrowd': 'a copy that ends',
  'ledger.change:source-ended': 'a source that fails: integration/copies.long.test.ts',
  'ledger.change:put-off':
    'a cloud that does not answer: integration/copies-of-failed.long.test.ts',
  'project.away.note': 'the same',
  'project.away.forget': 'the same',
  'ledger.change:retry': 'the same',
  'ledger.change:cancel': 'a cancel that was killed half-way: new-attempt and operator tests',
  'project.leave': 'a login that is refused: trouble.long.test.ts',
  'sessions.invalidate': 'a create with a revoked token: login, in trouble.long.test.ts',
};

export const FAULTS = ['die', 'freeze', 'redis', 'drop'] as const;
export type Fault = (typeof FAULTS)[number];

export interface CrashRow {
  readonly point: string;
  readonly side: 'before' | 'after';
  readonly fault: Fault;
  /** `second`: one worker has died here, the next is struck here, too, or where it takes over. */
  readonly who: 'first' | 'second';
  readonly scenario: ScenarioName;
}

/** What has to be caught when one of the four safeguards is missing. */
export const SAFEGUARDS: Readonly<Record<string, CrashRow>> = {
  'intent write': { ...row('ims.submit', 'plain'), side: 'after', fault: 'die' },
  admission: { ...row('ledger.admit', 'plain'), side: 'before', fault: 'freeze' },
  'deadline check': { ...row('ims.submit', 'plain'), side: 'before', fault: 'freeze' },
  'settle window': { ...row('ledger.change:unclear', 'late'), side: 'after', fault: 'die' },
};

function row(point: string, scenario: ScenarioName) {
  return { point, scenario, who: 'first' } as const;
}

/** Where a worker takes over what another one has left. */
export const TAKING_OVER = ['ledger.change:unclear before', 'ledger.change:found before'];

export function allRows(): readonly CrashRow[] {
  return [...Object.entries(POINTS), ...COPY_POINTS].flatMap(([point, scenario]) =>
    (['before', 'after'] as const).flatMap((side) =>
      FAULTS.flatMap((fault) =>
        (['first', 'second'] as const).map((who) => ({ point, side, fault, who, scenario })),
      ),
    ),
  );
}

export function titleOf({ point, side, fault, who, scenario }: CrashRow): string {
  const what = { die: 'SIGKILL', freeze: 'SIGSTOP', redis: 'Redis gone', drop: 'answers dropped' };
  return `${what[fault]} ${side} ${point}, the ${who} worker (${scenario})`;
}
