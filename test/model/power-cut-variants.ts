import type { PowerRules } from './power-cut-world.ts';

export type PowerVariant = Partial<PowerRules> & { readonly what: string };

/** What is promised whatever Redis can do. */
export const POWER_VARIANTS: readonly PowerVariant[] = [
  { what: 'a Redis that confirms', mode: 'confirms' },
  { what: 'one that does not', mode: 'everysec' },
  { what: 'one that does not, and workers without a disk', mode: 'everysec', keepsSeen: false },
];

/** A safeguard is out: of the model's worker, or of the product's script. */
export const POWER_WITHOUT: readonly PowerVariant[] = [
  { what: 'the wait for the disk before the POST', mode: 'confirms', waitsForDisk: false },
  {
    what: 'the wait for those that have not reported',
    mode: 'everysec',
    cuts: [{ line: 'if left <= 0 or #names == 0 then return 0 end', instead: 'do return 0 end' }],
  },
  {
    what: 'the wait until the registration is on the disk',
    mode: 'everysec',
    waitsForRegistration: false,
  },
];

/** The same, for what is behind these. */
export const POWER_WITHOUT_MORE: readonly PowerVariant[] = [
  {
    what: 'the registration before the first intent',
    mode: 'everysec',
    reportsFirst: false,
    waitsForRegistration: false,
    cuts: [{ line: "if itsRun ~= server() then return {'report', 0} end", instead: '' }],
  },
  {
    what: 'the generations that workers report',
    mode: 'everysec',
    cuts: [
      {
        line: "if generation < ARG.seen or meta.doubted then return {'behind', 0} end",
        instead: '',
      },
      { line: 'if generation >= seen and not meta.doubted then', instead: 'if true then' },
    ],
  },
  {
    what: 'the freeze for a window where intents were lost',
    mode: 'everysec',
    cuts: [
      { line: "if frozen > now then return {'frozen', frozen - now} end", instead: '' },
      { line: 'if count(meta.scanned_time) < frozen or', instead: 'if' },
    ],
  },
  {
    what: 'the scan after a new run of the server',
    mode: 'everysec',
    windows: 1,
    cuts: [
      { line: "server() ~= (meta.server or '') then", instead: 'false then' },
      { line: 'if count(meta.scanned_time) < frozen or', instead: 'if' },
    ],
  },
];
