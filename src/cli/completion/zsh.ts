import type { ArgumentFacts, CommandFacts, CommandTree, OptionFacts } from './command-tree.ts';

/** A completion script for zsh: to be sourced, or saved as `_ims-ferry` in a folder of `fpath`. */
export function zshScript({ commands, options }: CommandTree): string {
  const described = commands.map(({ name, summary }) => quoted(`${name}:${summary}`));
  return `#compdef ims-ferry
# source <(ims-ferry completion zsh)

_ims_ferry_batches() {
  local -a names
  names=(\${(f)"$(ims-ferry batch-names 2>/dev/null)"})
  compadd -a names
}

_ims_ferry() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C \\
    ${[...options.map(optionSpec), "'--help[show help]'"].join(' \\\n    ')} \\
    '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands
      commands=(
        ${described.join('\n        ')}
      )
      _describe command commands ;;
    argument)
      case $line[1] in
${commands.map(commandCase).join('\n')}
      esac ;;
  esac
}

if [[ $funcstack[1] == _ims-ferry ]]; then
  _ims_ferry "$@"
else
  compdef _ims_ferry ims-ferry
fi
`;
}

function commandCase({ name, options, arguments: args }: CommandFacts): string {
  const specs = [...options.map(optionSpec), "'--help[show help]'", ...args.map(argumentSpec)];
  return `        ${name}) _arguments ${specs.join(' ')} ;;`;
}

function optionSpec({ flag, summary, value, choices }: OptionFacts): string {
  const text = `${flag}[${escaped(summary)}]`;
  if (!value) return quoted(text);
  const colons = value.isOptional ? '::' : ':';
  return quoted(`${text}${colons}${escaped(value.name)}:${action(value.kind, choices)}`);
}

function argumentSpec(argument: ArgumentFacts, at: number): string {
  const { name, kind, choices, isRequired, isVariadic } = argument;
  const place = isVariadic ? '*' : `${at + 1}`;
  const colons = isRequired || isVariadic ? ':' : '::';
  return quoted(`${place}${colons}${name}:${action(kind, choices)}`);
}

function action(kind: string, choices: readonly string[]): string {
  if (kind === 'choice') return `(${choices.join(' ')})`;
  if (kind === 'file') return '_files';
  if (kind === 'folder') return '_files -/';
  return kind === 'batch' ? '_ims_ferry_batches' : ' ';
}

/** Within the brackets of an option. */
function escaped(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
