import type { CommandFacts, CommandTree, OptionFacts, ValueKind } from './command-tree.ts';

/** A completion script for fish 3 and newer. */
export function fishScript({ commands, options }: CommandTree): string {
  const names = commands.map(({ name }) => name);
  const first = `not __fish_seen_subcommand_from ${names.join(' ')}`;
  const lines = [
    '# fish completion for ims-ferry',
    '# ims-ferry completion fish | source',
    'complete -c ims-ferry -f',
    ...options.map((option) => optionLine(option)),
    'complete -c ims-ferry -l help -d "show help"',
    ...commands.map(
      ({ name, summary }) =>
        `complete -c ims-ferry -n ${quoted(first)} -a ${name} -d ${quoted(summary)}`,
    ),
    ...commands.flatMap(commandLines),
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines({ name, options, arguments: args }: CommandFacts): readonly string[] {
  const seen = `__fish_seen_subcommand_from ${name}`;
  const [argument] = args;
  const values = argument && valueWords(argument.kind, argument.choices);
  return [
    ...options.map((option) => optionLine(option, seen)),
    ...(values ? [`complete -c ims-ferry -n ${quoted(seen)} ${values}`] : []),
  ];
}

function optionLine({ flag, summary, value, choices }: OptionFacts, seen?: string): string {
  const when = seen === undefined ? '' : ` -n ${quoted(seen)}`;
  const takes = value === undefined || value.isOptional ? '' : ' -r';
  const words = value && valueWords(value.kind, choices);
  const text = `complete -c ims-ferry${when} -l ${flag.slice(2)}${takes}`;
  return `${text}${words ? ` ${words}` : ''} -d ${quoted(summary)}`;
}

function valueWords(kind: ValueKind, choices: readonly string[]): string | undefined {
  if (kind === 'choice') return `-x -a ${quoted(choices.join(' '))}`;
  if (kind === 'file') return '-F';
  if (kind === 'folder') return "-x -a '(__fish_complete_directories)'";
  return kind === 'batch' ? "-x -a '(ims-ferry batch-names 2>/dev/null)'" : undefined;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
