import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatCounts } from '../../src/producer/progress.ts';
import { FOLLOWS, nameOf, STATES, STATUSES, transition } from '../../src/shared/state/machine.ts';
import { ICONS, stateStyle } from '../../src/ui/states.ts';
import { apply, EVENTS, EXAMPLES, LEFT, progress } from './states-and-events.ts';

function made(): ReadonlySet<string> {
  const moves = new Set<string>();
  for (const state of Object.values(EXAMPLES)) {
    for (const event of Object.values(EVENTS)) {
      for (const left of LEFT) {
        const before = { ...progress(state), ...left };
        for (const next of [apply(before, event), transition(before, event)]) {
          if (next) moves.add(`${nameOf(before.state)} + ${event.type} → ${nameOf(next.state)}`);
        }
      }
    }
  }
  return moves;
}

describe('the table of the state machine', () => {
  test('has every move that the rules make, and no other', () => {
    const table = Object.entries(FOLLOWS).flatMap(([from, row]) =>
      Object.entries(row).flatMap(([event, all]) => all.map((to) => `${from} + ${event} → ${to}`)),
    );
    expect(made()).toEqual(new Set(table));
  });

  test('is the one of docs/design.md', () => {
    const [, , section = ''] =
      /(^|\n)## States\n([\s\S]*?)\n## /.exec(readFileSync('docs/design.md', 'utf8')) ?? [];
    const rows = [...section.matchAll(/^\| (\w+) +\| ([^|]*?) +\|/gm)].map(([, name, means]) => [
      name,
      means,
    ]);
    const [, ...documented] = rows;
    const states = Object.entries(STATES).map(([name, { means }]) => [name, means]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(states));
  });

  test('has a colour and an icon on the pages for each state, and a count in every line', () => {
    const styles = stateStyle();
    const names = Object.keys(STATES);
    expect(names.filter((name) => !styles.includes(`.is-${name} {`))).toEqual([]);
    expect(names.filter((name) => !ICONS.text.includes(`id="mark-${name}"`))).toEqual([]);
    const counts = { pending: 1, submitting: 1, creating: 1, unknown: 1, held: 1 };
    const line = formatCounts({ ...counts, succeeded: 1, failed: 1, cancelled: 1 });
    expect(STATUSES.filter((status) => !line.includes(`1 ${status}`))).toEqual([]);
  });
});
