import { Composer, type Document, isScalar, Lexer, Parser } from 'yaml';
import { COMPOSER_OPTIONS, takePiece } from './yaml-pieces.ts';

/** A fault of the syntax, at an offset of the text. */
export interface SyntaxFault {
  readonly offset: number;
  readonly message: string;
  /** From here on the parser reads something else than what was written. */
  readonly isLost?: boolean;
}

/** Deeper than any manifest; the composer's own stack would end near 900. */
const MAX_DEPTH = 20;

const PHRASES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indented with a tab; use spaces',
  BAD_INDENT: 'the indentation does not match the lines above; align it',
  BLOCK_AS_IMPLICIT_KEY: 'a second colon on one line; put the text in quotes',
  MISSING_CHAR: 'a bracket, a comma or a colon is missing, here or before',
  MULTILINE_IMPLICIT_KEY:
    'a key without its colon, or the next line is indented too far; write key: value',
  UNEXPECTED_TOKEN: 'unexpected text; put it in quotes, or look for a missing comma',
  BLOCK_IN_FLOW: 'a list or mapping inside brackets must be in brackets too; is a comma missing?',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  BAD_DQ_ESCAPE: 'unknown escape in double quotes; use single quotes, or \\\\ for a backslash',
};
const TOO_DEEP = `nested too deeply; the limit is ${MAX_DEPTH} levels`;
const SECOND = 'a second document starts here; write one document per file';
const DIRECTIVE = 'directives are not allowed; remove the line that starts with %';

interface Composed {
  readonly doc: Document | undefined;
  readonly faults: readonly SyntaxFault[];
  /** False if images could not be taken out, so that the text has to be read as a whole. */
  readonly inPieces: boolean;
}

export interface Pieces {
  /** How many images one piece holds. */
  readonly most: number;
  readonly onPiece: (piece: Document) => void;
}

interface Reading {
  readonly text: string;
  readonly faults: SyntaxFault[];
  readonly pieces: Pieces | undefined;
  isWhole: boolean;
}

/**
 * The first document of a text, and the faults of its syntax. Unlike `parseDocument` it stops at
 * nesting that is too deep before any recursion meets it. With `pieces` the document lacks the images
 * that were handed over. Empty documents do not count: a file may end with `---`.
 */
export function compose(text: string, pieces?: Pieces): Composed {
  const faults: SyntaxFault[] = [];
  const reading: Reading = { text, faults, pieces, isWhole: pieces === undefined };
  let doc: Document | undefined;
  try {
    const composer = new Composer(COMPOSER_OPTIONS);
    for (const next of composer.compose(tokens(reading), true, text.length)) {
      const found = next as Document;
      if (doc && !isEmpty(doc) && !isEmpty(found)) {
        faults.push({ offset: next.range[0], message: SECOND });
        break;
      }
      if (doc) faults.push(...faultsOf(isEmpty(found) ? found : doc, text));
      if (!doc || isEmpty(doc)) doc = found;
    }
  } catch {
    // The depth is limited, so this is a fault of the parser that nobody has met yet.
    faults.push({ offset: 0, message: 'is not valid YAML' });
  }
  faults.push(...faultsOf(doc, text));
  return { doc, faults: withoutLost(faults), inPieces: !reading.isWhole };
}

/** Nothing at all: `null` would be something. */
function isEmpty({ contents }: Document): boolean {
  if (contents === null) return true;
  const { anchor, tag } = contents;
  return isScalar(contents) && contents.source === '' && !anchor && !tag;
}

function faultsOf(doc: Document | undefined, text: string): readonly SyntaxFault[] {
  return (doc?.errors ?? []).map(({ code, message, pos: [offset] }) => ({
    offset,
    message: text.startsWith('${', offset - 1)
      ? 'a variable inside brackets needs quotes'
      : phraseOf(code, message, text.charAt(offset)),
    isLost:
      message.includes('in YAML stream') || (code === 'TAB_AS_INDENT' && isTabFirst(text, offset)),
  }));
}

function isTabFirst(text: string, offset: number): boolean {
  return text[text.lastIndexOf('\n', offset - 1) + 1] === '\t';
}

/**
 * One closing bracket too many ends the document for the parser, and a tab instead of spaces nests
 * all that follows: what the parser reports after it would mislead.
 */
function withoutLost(faults: readonly SyntaxFault[]): readonly SyntaxFault[] {
  const [lost] = faults.filter(({ isLost }) => isLost).toSorted((a, b) => a.offset - b.offset);
  if (!lost) return faults;
  const before = faults.filter(({ offset }) => offset < lost.offset);
  // A line that is out of step nests the lines below it ever deeper.
  return lost.message === TOO_DEEP && before.length > 0 ? before : [...before, lost];
}

function phraseOf(code: string, message: string, at: string): string {
  if (code === 'MULTIPLE_DOCS') return SECOND;
  if (code === 'BAD_SCALAR_START') return `text must not start with ${at}; put it in quotes`;
  const own = message.includes('without - indicator') ? 'BAD_INDENT' : code;
  return PHRASES[own] ?? withoutQuote(message);
}

/** What the parser says, without the text that it quotes: that may be a secret. */
function withoutQuote(message: string): string {
  const words = (message.split('\n')[0] ?? '').split(': ')[0] ?? '';
  return words === '' ? 'is not valid YAML' : words.charAt(0).toLowerCase() + words.slice(1);
}

function* tokens(reading: Reading) {
  const { text, faults, pieces } = reading;
  const parser = new Parser();
  const onPiece = (piece: Document): void => {
    faults.push(...faultsOf(piece, text));
    pieces?.onPiece(piece);
  };
  let before = '';
  for (const lexeme of new Lexer().lex(text)) {
    const unclosed =
      lexeme === FLOW_ERROR ? openBracket(parser) : openQuote(parser, before, lexeme);
    // What follows would be read as part of the quote or bracket.
    if (unclosed) {
      faults.push(unclosed);
      break;
    }
    // An alias may mean a node that was handed over.
    reading.isWhole ||= before !== PLAIN && /^[&*]/.test(lexeme);
    before = lexeme;
    for (const token of parser.next(lexeme)) {
      if (token.type === 'directive') faults.push({ offset: token.offset, message: DIRECTIVE });
      yield token;
    }
    if (pieces) reading.isWhole ||= !takePiece(parser, pieces.most, onPiece);
    if (pieces && reading.isWhole) return;
    // The stack holds the document, one entry per level, and the current token.
    if (parser.stack.length > MAX_DEPTH + 2) {
      faults.push({ offset: parser.offset, message: TOO_DEEP, isLost: true });
      break;
    }
  }
  const unclosed = openBracket(parser);
  if (unclosed && !faults.some(({ isLost }) => isLost)) faults.push(unclosed);
  // After a fault too: the end of the document brings the faults before it.
  yield* parser.end();
}

/** The lexer's sign for a bracket that is still open where its block ends. */
const FLOW_ERROR = '\u0018';
/** The lexer's sign before a text without quotes, which may contain a quote. */
const PLAIN = '\u001f';
const ENDS: Readonly<Record<string, RegExp>> = {
  '"': /(?<!\\)(?:\\\\)*"$/,
  "'": /(?<!')'(?:'')*$/,
};

/** A quoted text without its end is reported where it begins, not where the file ends. */
function openQuote(parser: Parser, before: string, lexeme: string): SyntaxFault | undefined {
  const quote = lexeme.charAt(0);
  const end = ENDS[quote];
  if (!end || before === PLAIN || end.test(lexeme.slice(1))) return undefined;
  const message = `a quote opens here and never closes; its ${quote} is missing`;
  return { offset: parser.offset, message, isLost: true };
}

function openBracket({ stack }: Parser): SyntaxFault | undefined {
  const open = stack.findLast((token) => token.type === 'flow-collection');
  if (open?.type !== 'flow-collection' || open.end.length > 0) return undefined;
  const { source } = open.start;
  const end = source === '{' ? '}' : ']';
  const message = `a ${source} opens here and never closes; its ${end} is missing, or a line inside is not indented`;
  return { offset: open.offset, message, isLost: true };
}
