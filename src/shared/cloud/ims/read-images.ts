import { type ImportKey, MARKER_TAG_KEY } from '../../image/import-key.ts';
import { plain } from '../http/http-answer.ts';
import { type ImsImage, isCloudId, type OddImage } from './ims-answers.ts';

/** One page of a list. */
export interface ImagePage {
  readonly images: readonly ImsImage[];
  /** What could not be read. */
  readonly odd: readonly OddImage[];
  /** How many elements it has, whatever they are. */
  readonly size: number;
  /** The last id, of an image that can be read if there is one: the next page begins after it. */
  readonly lastId?: string;
  /** It names a next page. */
  readonly saysMore: boolean;
}

/** Element by element: one that cannot be read costs no other one. */
export function toImagePage(body: unknown): ImagePage | undefined {
  if (!isFields(body) || !Array.isArray(body['images'])) return undefined;
  const elements = body['images'] as readonly unknown[];
  const images: ImsImage[] = [];
  const odd: OddImage[] = [];
  for (const element of elements) {
    const read = readImage(element);
    if (read.odd.length === 0) images.push(read.image);
    else odd.push(oddOf(element, read));
  }
  const lastId = images.at(-1)?.id ?? odd.findLast(({ image }) => image.id !== '')?.image.id;
  const last = lastId === undefined ? {} : { lastId };
  const saysMore = typeof body['next'] === 'string' && body['next'] !== '';
  return { images, odd, size: elements.length, saysMore, ...last };
}

/** One image that was asked for by its id: what it is, is known; its status is what counts. */
export function toImage(body: unknown): ImsImage | undefined {
  const { image, odd } = readImage(body);
  return odd.includes('id') || odd.includes('status') ? undefined : image;
}

type Fields = Readonly<Record<string, unknown>>;

interface Read {
  readonly image: ImsImage;
  /** Names of the fields that could not be read, of those by which an image is known as ours. */
  readonly odd: readonly string[];
}

function readImage(element: unknown): Read {
  if (!isFields(element)) return { image: NOTHING, odd: ['id', 'status', 'owner', 'tags'] };
  const { id, name, status, owner, tags, created_at, __data_origin: origin } = element;
  const isNone = (value: unknown): boolean => value === undefined || value === null;
  const isText = (value: unknown): value is string => typeof value === 'string';
  const isGood = {
    id: isText(id) && isCloudId(id),
    status: isText(status) && status !== '',
    owner: isText(owner) && owner !== '',
    name: isText(name) || isNone(name),
    tags: isNone(tags) || (Array.isArray(tags) && tags.every(isText)),
    __data_origin: isText(origin) || isNone(origin),
  };
  const createdAt = isText(created_at) ? Date.parse(created_at) : Number.NaN;
  const { virtual_env_type: environment, min_disk: minDisk } = element;
  const image = {
    id: isGood.id ? String(id) : '',
    name: isText(name) ? name : '',
    status: isText(status) ? status.toLowerCase() : '',
    owner: isText(owner) ? owner : '',
    tags: Array.isArray(tags) ? tags.filter(isText) : [],
    createdAt: Number.isNaN(createdAt) ? 0 : createdAt,
    ...(isText(origin) && origin !== '' ? { dataOrigin: origin } : {}),
    ...(isText(environment) && environment !== '' ? { kind: kindOf(environment) } : {}),
    ...(typeof minDisk === 'number' ? { minDisk } : {}),
  };
  const odd = Object.entries(isGood).filter(([, good]) => !good);
  return { image, odd: odd.map(([field]) => field) };
}

const NOTHING: ImsImage = { id: '', name: '', status: '', owner: '', tags: [], createdAt: 0 };

/** IMS: FusionCompute, Ironic, IsoImage; DataImage for a data disk. */
function kindOf(environment: string): 'system' | 'data' {
  return environment === 'DataImage' ? 'data' : 'system';
}

function oddOf(element: unknown, { image, odd }: Read): OddImage {
  const text = JSON.stringify(element) ?? '';
  return {
    image,
    fields: odd,
    markers: [...new Set([...text.matchAll(MARKER)].map(([, key = '']) => key))],
    isMarked: text.includes(MARKER_TAG_KEY),
  };
}

/** The key behind our tag's, in whatever the element is made of: text, or objects of key and value. */
const MARKER = new RegExp(
  `${MARKER_TAG_KEY}(?:[^A-Za-z0-9_-]{1,20}(?:value)?[^A-Za-z0-9_-]{0,10})([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])`,
  'g',
);

/** What of it is odd, for people. */
export function describeOdd({ image, fields }: OddImage): string {
  const who = image.id === '' ? 'one without an id' : `image ${image.id}`;
  const name = image.name === '' ? '' : ` (${plain(image.name, 80)})`;
  return `${who}${name}: ${fields.join(', ')}`;
}

/** All of them in one line. */
export function describeOdds(odd: readonly OddImage[]): string {
  const first = odd.slice(0, 3).map(describeOdd).join('; ');
  const more = odd.length > 3 ? `; and ${odd.length - 3} more` : '';
  const images = odd.length === 1 ? '1 image' : `${odd.length} images`;
  return `IMS lists ${images} that cannot be read, by these fields: ${first}${more}`;
}

/** The markers that can be read in what cannot. */
export function markersIn(odd: readonly OddImage[]): readonly ImportKey[] {
  return [...new Set(odd.flatMap(({ markers }) => markers))];
}

function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
