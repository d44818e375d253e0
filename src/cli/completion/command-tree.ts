import type { Argument, Command, Option } from 'commander';

/** What is completed for a value. */
export type ValueKind = 'batch' | 'choice' | 'file' | 'folder' | 'other';

export interface OptionFacts {
  /** `--json` */
  readonly flag: string;
  /** `-V` */
  readonly short?: string;
  readonly summary: string;
  /** `<file>`; absent: it takes no value. */
  readonly value?: {
    readonly name: string;
    readonly kind: ValueKind;
    readonly isOptional: boolean;
  };
  readonly choices: readonly string[];
  /** The default value, where there is one. */
  readonly fallback?: string;
}

export interface ArgumentFacts {
  readonly name: string;
  readonly kind: ValueKind;
  readonly choices: readonly string[];
  readonly isRequired: boolean;
  readonly isVariadic: boolean;
}

/** A command as completion scripts and the man page show it. */
export interface CommandFacts {
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentFacts[];
  readonly options: readonly OptionFacts[];
}

export interface CommandTree {
  /** Those of every command. */
  readonly options: readonly OptionFacts[];
  readonly commands: readonly CommandFacts[];
}

/** Reads the whole command line from commander: what it accepts is what is completed and documented. */
export function commandTree(program: Command): CommandTree {
  return {
    options: program.options.filter(({ hidden }) => !hidden).map(optionFacts),
    commands: visibleCommands(program).map((command) => ({
      name: command.name(),
      summary: command.description(),
      arguments: command.registeredArguments.map(argumentFacts),
      options: command.options.filter(({ hidden }) => !hidden).map(optionFacts),
    })),
  };
}

function visibleCommands(program: Command): readonly Command[] {
  const shown = program.createHelp().visibleCommands(program);
  return shown.filter((command) => command.name() !== 'help');
}

function optionFacts(option: Option): OptionFacts {
  const { long, short, description, flags, argChoices = [], optional } = option;
  const { defaultValue: fallback }: { defaultValue?: unknown } = option;
  const hasFallback = typeof fallback === 'number' || (typeof fallback === 'string' && fallback);
  const [, name] = /[<[]([a-z-]+)/.exec(flags) ?? [];
  return {
    flag: long ?? short ?? flags,
    ...(short !== undefined && { short }),
    summary: description,
    choices: argChoices,
    ...(hasFallback && { fallback: String(fallback) }),
    ...(name !== undefined && {
      value: { name, isOptional: optional, kind: argChoices.length > 0 ? 'choice' : kindOf(name) },
    }),
  };
}

function argumentFacts(argument: Argument): ArgumentFacts {
  const name = argument.name();
  const choices = argument.argChoices ?? [];
  return {
    name,
    choices,
    kind: choices.length > 0 ? 'choice' : kindOf(name),
    isRequired: argument.required,
    isVariadic: argument.variadic,
  };
}

function kindOf(name: string): ValueKind {
  if (name === 'file' || name === 'folder' || name === 'batch') return name;
  return 'other';
}

/** `--adopt [image-id]`, `FILE…`: a value as people read it. */
export function placeholder(name: string, isVariadic = false): string {
  return `${name.toUpperCase().replaceAll('-', '_')}${isVariadic ? '…' : ''}`;
}
