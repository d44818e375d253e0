/** Words that this project does not use, as `docs/design.md` lists them. */
export interface Forbidden {
  /** Matched in any text and as a part of a name: `told` finds `told`, `toldBy` and `told-by.ts`. */
  readonly words: RegExp;
  /** Matched as a whole identifier, in capitals and small letters as it is written. */
  readonly names: RegExp;
}

interface TextFile {
  readonly path: string;
  readonly text: string;
}

const TABLE = /<!-- forbidden:begin -->\n([\s\S]*?)<!-- forbidden:end -->/;
const GLOSSARY = /<!-- glossary:begin -->\n([\s\S]*?)<!-- glossary:end -->/;

/** What these say is a contract or plain English although a forbidden word is in it. */
const ALLOWED: readonly RegExp[] = [
  /\b(?:can|cannot|can't|could|nothing|nobody) tell\b/gi,
  /\bt(?:ell|ells|old)(?:\s+\w+){0,3}\s+apart\b/gi,
  /\bstands (?:in )?for\b/gi,
  // Redis fields and keys, ids of queue jobs, JSON keys: they stay as they were released.
  /\bstray_(?:job|image)s?_ids\b|\bstray_images\b|'strays'|"strays"|-stray-|\bstrayJobId\b|\bdoubted\b/g,
  /\b(?:finding|found)\??\.said\b|\bsaid: '/g,
];

/** `doctor --json` has a field `said`. */
const DOCTOR = /\/(?:operator\/doctor\/|doctor|support\/examine)/;

const PROSE = /^(?:README|CHANGELOG|CONTRIBUTING)\.md$|^docs\/.+\.(?:md|yml)$/;
const CODE = /^(?:src|simulator|scripts|test)\/.+\.(?:ts|mjs|js|lua|css|html|py|sh)$/;
const SET_UP = /^(?:docker-compose[\w.-]*\.yml|Dockerfile|package\.json|manifests\/.+)$/;

/** Both tables of words: those that are used, and those that are not. */
export function wordsOfGlossary(designText: string) {
  const [, forbidden = ''] = TABLE.exec(designText) ?? [];
  const [, used = ''] = GLOSSARY.exec(designText) ?? [];
  const words = firstCells(used).map((cell) => cell.trim());
  return {
    used: words.filter((word) => word !== '' && word !== 'word' && !word.startsWith('--')),
    forbidden: firstCells(forbidden).flatMap((cell) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word),
    ),
  };
}

function firstCells(table: string): string[] {
  return table.split('\n').map((row) => row.split('|')[1] ?? '');
}

/** The words in backticks in the first column of the table. */
export function forbiddenWords(designText: string): Forbidden {
  const { forbidden: all } = wordsOfGlossary(designText);
  const isName = (word: string) => /[A-Z]|\(\)$/.test(word);
  const words = all.filter((word) => !isName(word));
  const names = all.filter(isName).map((name) => name.replace('()', '(?=\\()'));
  return {
    words: new RegExp(`\\b(?:${words.join('|').replaceAll(' ', '\\s+')})\\b`, 'g'),
    names: new RegExp(`(?<![\\w'"\`-])(?:${names.join('|')})(?![\\w'"\`-])`, 'g'),
  };
}

/** Each use as `file:line: word`. */
export function findWords(files: readonly TextFile[], forbidden: Forbidden): string[] {
  return files.flatMap((file) => {
    if (!isRead(file.path)) return [];
    const allowed = DOCTOR.test(file.path) ? [...ALLOWED, /\bsaid\b/g] : ALLOWED;
    const text = allowed.reduce(
      (left, pattern) => left.replace(pattern, blank),
      file.text.replace(TABLE, blank),
    );
    return [
      ...usesIn(file.path, plain(file.path), forbidden.words).map((use) => `${use} (file name)`),
      ...usesIn(file.path, plain(text), forbidden.words),
      ...(CODE.test(file.path) ? usesIn(file.path, withoutTexts(text), forbidden.names) : []),
    ];
  });
}

function isRead(path: string): boolean {
  if (path.includes('/fixtures/') || path === 'test/setup/word-rules.ts') return false;
  return PROSE.test(path) || CODE.test(path) || SET_UP.test(path);
}

function usesIn(path: string, text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(({ 0: word, index }) => {
    const line = text.slice(0, index).split('\n').length;
    return `${path}:${line}: ${word.replace(/\s+/g, ' ')}`;
  });
}

/** Names split into their words, comments without their marks, all in small letters. */
function plain(text: string): string {
  return text
    .replace(/^[ \t]*(?:\/\*\*?|\*\/?|\/\/|#|--)/gm, ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[-_]/g, ' ')
    .toLowerCase();
}

/** Code alone: a name may be any word in a comment or a text. */
function withoutTexts(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, blank)
    .replace(/(?<!:)\/\/.*|^\s*--.*/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, blank);
}

/** As many lines as before, so that the places after it keep their numbers. */
function blank(text: string): string {
  return text.replace(/[^\n]+/g, ' ');
}
