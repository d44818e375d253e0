import type { CommandFacts, CommandTree, OptionFacts } from './command-tree.ts';

/** A completion script for bash 4 and newer. */
export function bashScript({ commands, options }: CommandTree): string {
  const names = commands.map(({ name }) => name).join(' ');
  const valued = options.filter(({ value }) => value).map(({ flag }) => flag);
  return `# bash completion for ims-ferry
# source <(ims-ferry completion bash)

_ims_ferry_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_ims_ferry_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}

# Names are not expanded: they come from manifests.
_ims_ferry_batches() {
  local name
  while IFS= read -r name; do
    [[ "$name" == "$cur"* ]] && COMPREPLY+=("$(printf %q "$name")")
  done < <(ims-ferry batch-names 2>/dev/null)
}

_ims_ferry() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD - 1]}" command="" at
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "\${COMP_WORDS[at]}" in
      ${valued.join(' | ')}) ((at++)) ;;
      -*) ;;
      *) command="\${COMP_WORDS[at]}"; break ;;
    esac
  done
  case "$command $prev" in
${valueCases(options, '*')}${commands.map(({ name, options: own }) => valueCases(own, name)).join('')}  esac
  case "$command" in
    "") _ims_ferry_words "${names} ${flags(options)}" ;;
${commands.map(commandCase).join('\n')}
  esac
}

complete -F _ims_ferry ims-ferry
`;
}

/** What follows an option that takes a value. */
function valueCases(options: readonly OptionFacts[], command: string): string {
  return options
    .filter(({ value }) => value !== undefined && !value.isOptional)
    .map(({ flag, value, choices }) => {
      const pattern = command === '*' ? `*" ${flag}"` : `"${command} ${flag}"`;
      return `    ${pattern}) ${valueWords(value?.kind, choices)}; return ;;\n`;
    })
    .join('');
}

function valueWords(kind: string | undefined, choices: readonly string[]): string {
  if (kind === 'choice') return `_ims_ferry_words "${choices.join(' ')}"`;
  if (kind === 'file') return '_ims_ferry_files -f';
  if (kind === 'folder') return '_ims_ferry_files -d';
  return kind === 'batch' ? '_ims_ferry_batches' : ':';
}

function commandCase({ name, options, arguments: args }: CommandFacts): string {
  const words = `_ims_ferry_words "${flags(options)} --help"`;
  const [first, second] = args;
  if (!first) return `    ${name}) ${words} ;;`;
  const values = valueWords(first.kind, first.choices);
  // The second is another kind of thing.
  const isFirst = second ? '((COMP_CWORD == at + 1)) && ' : '';
  return `    ${name}) if [[ "$cur" == -* ]]; then ${words}; else ${isFirst}${values}; fi ;;`;
}

function flags(options: readonly OptionFacts[]): string {
  return options.map(({ flag }) => flag).join(' ');
}
