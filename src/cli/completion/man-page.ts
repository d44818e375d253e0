import {
  type ArgumentFacts,
  type CommandFacts,
  type CommandTree,
  type OptionFacts,
  placeholder,
} from './command-tree.ts';

interface Manual {
  readonly tree: CommandTree;
  readonly version: string;
  readonly settings: readonly {
    readonly name: string;
    readonly default: string;
    readonly meaning: string;
  }[];
}

const EXAMPLES: readonly (readonly [command: string, meaning: string])[] = [
  ['ims-ferry demo', 'A complete import with everything embedded; needs no account.'],
  ['ims-ferry up manifests/', 'Import every manifest that is dropped into a folder.'],
  ['ims-ferry plan web.yaml && ims-ferry submit web.yaml --wait', 'Look first, then import.'],
  ['ims-ferry status web --failed', 'What failed, by code, with advice.'],
  ['ims-ferry retry web --code IMG.0057', 'Start a new attempt for the images with this code.'],
];

/** The man page, in the man macros of roff. */
export function manPage({ tree, version, settings }: Manual): string {
  return `${[
    `.TH IMS\\-FERRY 1 "" "ims\\-ferry ${roff(version)}" "User Commands"`,
    '.SH NAME',
    'ims\\-ferry \\- import image files from OBS into IMS',
    '.SH SYNOPSIS',
    '.B ims\\-ferry',
    '.RI [ OPTIONS ]',
    '.I COMMAND',
    '.RI [ ARGUMENTS ]',
    '.SH DESCRIPTION',
    paragraph(
      'Imports virtual-machine image files from object storage (OBS) into the Image Management Service (IMS) of Open Telekom Cloud and Huawei Cloud: many at a time, none lost, none twice.',
    ),
    '.PP',
    paragraph('Results go to stdout; progress and messages go to stderr.'),
    '.SH OPTIONS',
    ...tree.options.flatMap(option),
    '.SH COMMANDS',
    ...tree.commands.flatMap(command),
    '.SH EXIT STATUS',
    ...pair('0', 'success'),
    ...pair('1', 'an image failed, was cancelled or is unknown; or the project is stopped'),
    ...pair('2', 'wrong usage, configuration or manifest'),
    ...pair('3', 'Redis or the cloud cannot be reached, or refuses the login'),
    '.SH ENVIRONMENT',
    ...settings.flatMap(({ name, default: value, meaning }) =>
      pair(name, value === '' ? meaning : `${meaning} (default: ${value})`),
    ),
    ...pair('NO_COLOR, FORCE_COLOR', 'no colours; colours also where the output is piped'),
    '.SH EXAMPLES',
    ...EXAMPLES.flatMap(([text, meaning]) => pair(text, meaning)),
    '.SH SEE ALSO',
    paragraph('The documents in the folder docs of the package.'),
  ].join('\n')}\n`;
}

function command({ name, summary, arguments: args, options }: CommandFacts): readonly string[] {
  const usage = [name, ...args.map(argumentText)].map(roff).join(' ');
  return [`.SS ${usage}`, paragraph(sentence(summary)), ...options.flatMap(option)];
}

function argumentText({ name, isRequired, isVariadic }: ArgumentFacts): string {
  const text = placeholder(name, isVariadic);
  return isRequired ? text : `[${text}]`;
}

function option({
  flag,
  short,
  summary,
  value,
  choices,
  fallback,
}: OptionFacts): readonly string[] {
  const names = short === undefined || short === flag ? flag : `${short}, ${flag}`;
  const name = value && placeholder(value.name);
  const shown = name === undefined ? '' : value?.isOptional ? ` [${name}]` : ` ${name}`;
  const all = choices.length === 0 ? '' : ` (${choices.join(', ')})`;
  const otherwise = fallback === undefined ? '' : ` (default: ${fallback})`;
  const meaning = sentence(`${summary}${all}${otherwise}`);
  return ['.TP', `.B ${roff(names)}${roff(shown)}`, paragraph(meaning)];
}

function pair(name: string, meaning: string): readonly string[] {
  return ['.TP', `.B ${roff(name)}`, paragraph(sentence(meaning))];
}

function sentence(text: string): string {
  // A name, or the first of several words that are explained, stays as it is written.
  const isWord = /^[A-Za-z]+(?![\w:])/.test(text);
  const begun = isWord ? `${text.charAt(0).toUpperCase()}${text.slice(1)}` : text;
  return text.endsWith('.') ? begun : `${begun}.`;
}

/** A text with code in backquotes as bold. */
function paragraph(text: string): string {
  const parts = text
    .split('`')
    .map((part, at) => (at % 2 === 1 ? `\\fB${roff(part)}\\fR` : roff(part)));
  const line = parts.join('');
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** A text that roff prints as it is. */
function roff(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq');
}
