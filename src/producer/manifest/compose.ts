import { Composer, type Document, isScalar, Lexer, Parser } from 'yaml';
import { COMPOSER, type OnPiece, takePiece } from './list-pieces.ts';

/** A fault of the text, at an offset. */
export interface TextFault {
  readonly offset: number;
  readonly message: string;
  /** The parser has left the document here: what follows is not what was written. */
  readonly isLost?: boolean;
}

/** Deeper than any manifest has to be; the composer's own stack would end near 900. */
const MAX_DEPTH = 20;

const PHRASES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indentation with a tab; use spaces',
  BAD_INDENT: 'is indented differently than what it belongs to; align it',
  BAD_SCALAR_START: 'a text must not begin with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second colon in one line; put the text in quotes',
  MISSING_CHAR: 'a bracket, a comma or a colon is missing, here or before',
  MULTILINE_IMPLICIT_KEY:
    'a key without its colon, or the next line is indented too far; write key: value',
  UNEXPECTED_TOKEN:
    'something stands where nothing can; put the text in quotes, or look for a missing comma',
  BLOCK_IN_FLOW: 'a list or mapping in lines cannot stand in brackets; is a comma missing?',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters',
  BAD_DQ_ESCAPE: 'an unknown escape in double quotes; use single quotes, or \\\\ for a backslash',
};
const TOO_DEEP = `is nested too deep; allowed are ${MAX_DEPTH} levels`;
const SECOND = 'a second document begins; allowed is one document per file';
const DIRECTIVE = 'directives such as %YAML are not allowed; leave the line out';

export interface Composed {
  readonly doc: Document | undefined;
  readonly faults: readonly TextFault[];
  /** False when pieces were asked for and the text has to be read as a whole. */
  readonly inPieces: boolean;
}

export interface Pieces {
  readonly most: number;
  readonly onPiece: OnPiece;
}

interface Reading {
  readonly text: string;
  readonly faults: TextFault[];
  readonly pieces?: Pieces;
  isWhole: boolean;
}

/**
 * The first document of a text, and what is wrong with its syntax. Unlike `parseDocument` it stops
 * at nesting that is too deep before any recursion meets it. With `pieces` the document lacks the
 * images that were handed over. Empty documents count as none: a file may end with `---`.
 */
export function compose(text: string, pieces?: Pieces): Composed {
  const faults: TextFault[] = [];
  const composer = new Composer(COMPOSER);
  const onPiece = (piece: Document): void => {
    faults.push(...faultsOf(piece, text));
    pieces?.onPiece(piece);
  };
  const reading: Reading = {
    ...{ text, faults, isWhole: false },
    ...(pieces ? { pieces: { most: pieces.most, onPiece } } : {}),
  };
  let doc: Document | undefined;
  try {
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
    // The parser's stack is bounded above; what is left is not known.
    faults.push({ offset: 0, message: 'is not valid YAML' });
  }
  faults.push(...faultsOf(doc, text));
  return { doc, faults: withoutLost(faults), inPieces: pieces !== undefined && !reading.isWhole };
}

/** Nothing at all: `null` would be something. */
function isEmpty({ contents }: Document): boolean {
  if (contents === null) return true;
  const { anchor, tag } = contents;
  return isScalar(contents) && contents.source === '' && !anchor && !tag;
}

function faultsOf(doc: Document | undefined, text: string): readonly TextFault[] {
  return (doc?.errors ?? []).map(({ code, message, pos: [offset] }) => ({
    offset,
    message: code === 'MULTIPLE_DOCS' ? SECOND : phraseOf(code, message),
    isLost:
      message.includes('in YAML stream') || (code === 'TAB_AS_INDENT' && isTabFirst(text, offset)),
  }));
}

function isTabFirst(text: string, offset: number): boolean {
  return text[text.lastIndexOf('\n', offset - 1) + 1] === '\t';
}

/**
 * One stray bracket ends the document for the parser, and it complains about all the rest. A tab in the
 * place of spaces nests all that follows in itself.
 */
function withoutLost(faults: readonly TextFault[]): readonly TextFault[] {
  const [lost] = faults.filter(({ isLost }) => isLost).toSorted((a, b) => a.offset - b.offset);
  if (!lost) return faults;
  const before = faults.filter(({ offset }) => offset < lost.offset);
  // A line that is out of step nests those below it, ever deeper.
  return lost.message === TOO_DEEP && before.length > 0 ? before : [...before, lost];
}

function phraseOf(code: string, message: string): string {
  if (message.includes('without - indicator')) return PHRASES['BAD_INDENT'] ?? message;
  return PHRASES[code] ?? plain(message);
}

/** What the parser says, without the text that it quotes: that may be a secret. */
function plain(message: string): string {
  const words = (message.split('\n')[0] ?? '').split(': ')[0] ?? '';
  return words === '' ? 'is not valid YAML' : words.charAt(0).toLowerCase() + words.slice(1);
}

function* tokens(reading: Reading) {
  const { text, faults, pieces } = reading;
  const parser = new Parser();
  let before = '';
  for (const lexeme of new Lexer().lex(text)) {
    const unclosed =
      lexeme === FLOW_ERROR ? openBracket(parser) : openQuote(parser, before, lexeme);
    // What follows would be read as something that was never meant.
    if (unclosed) {
      faults.push(unclosed);
      break;
    }
    // An alias means a node that may have been handed over.
    reading.isWhole ||= before !== PLAIN && /^[&*]/.test(lexeme);
    before = lexeme;
    for (const token of parser.next(lexeme)) {
      if (token.type === 'directive') faults.push({ offset: token.offset, message: DIRECTIVE });
      yield token;
    }
    if (pieces) reading.isWhole ||= !takePiece(parser, pieces.most, pieces.onPiece);
    if (pieces && reading.isWhole) return;
    // The stack holds the document, one entry a level, and what is being read.
    if (parser.stack.length > MAX_DEPTH + 2) {
      faults.push({ offset: parser.offset, message: TOO_DEEP, isLost: true });
      break;
    }
  }
  const unclosed = openBracket(parser);
  if (unclosed && !faults.some(({ isLost }) => isLost)) faults.push(unclosed);
  // Also then: what was wrong before is told when the document ends.
  yield* parser.end();
}

/** What the lexer says when a bracket is still open where its block ends. */
const FLOW_ERROR = '\u0018';
/** What the lexer says before a text without quotes, which may begin with one on its own line. */
const PLAIN = '\u001f';
const ENDS: Readonly<Record<string, RegExp>> = {
  '"': /(?<!\\)(?:\\\\)*"$/,
  "'": /(?<!')'(?:'')*$/,
};

/** A quoted text without its end, at its beginning: it runs on to where nobody looks for it. */
function openQuote(parser: Parser, before: string, lexeme: string): TextFault | undefined {
  const quote = lexeme.charAt(0);
  const end = ENDS[quote];
  if (!end || before === PLAIN || end.test(lexeme.slice(1))) return undefined;
  const message = `a quote opens here and is not closed; its ${quote} is missing`;
  return { offset: parser.offset, message, isLost: true };
}

function openBracket({ stack }: Parser): TextFault | undefined {
  const open = stack.findLast((token) => token.type === 'flow-collection');
  if (open?.type !== 'flow-collection' || open.end.length > 0) return undefined;
  const end = open.start.source === '{' ? '}' : ']';
  const message = `a bracket opens here; its ${end} is missing, or a line in it is not indented`;
  return { offset: open.offset, message, isLost: true };
}
