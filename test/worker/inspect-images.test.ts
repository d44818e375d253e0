import { expect, test } from 'vitest';
import type { ImageFilter, ImsImage, ReadAnswer } from '../../src/shared/cloud/ims/ims-answers.ts';
import { inspectImages } from '../../src/shared/look-up/inspect-images.ts';
import { markedImage } from '../support/worker-deps.ts';

const image = (status: string): ImsImage => markedImage('one', { status });
const reads = (status: string): ReadAnswer<ImsImage> => ({ kind: 'ok', value: image(status) });
const lists = (...all: string[]): ReadAnswer<readonly ImsImage[]> => ({
  kind: 'ok',
  value: all.map(image),
});
const NONE = { kind: 'not-found', code: 'HTTP_404', message: 'none' } as const;
const failed = (code: string, throttled = false) =>
  ({ kind: 'failed', throttled, code, message: 'no' }) as const;

interface Row {
  readonly read: ReadAnswer<ImsImage>;
  readonly list: ReadAnswer<readonly ImsImage[]>;
  /** @default the same as `list` */
  readonly unregistered?: ReadAnswer<readonly ImsImage[]>;
  readonly is: object;
  readonly what: string;
}

/** A list alone proves that an image is there, never that it is gone; nor does a read alone. */
test.each<Row>([
  { what: 'a read shows it', read: reads('saving'), list: lists(), is: { kind: 'alive' } },
  { what: 'a list shows it', read: NONE, list: lists('saving'), is: { kind: 'alive' } },
  { what: 'an odd status', read: reads('importing'), list: lists(), is: { kind: 'alive' } },
  { what: 'both show nothing', read: NONE, list: lists(), is: { kind: 'gone' } },
  { what: 'a read says deleted', read: reads('deleted'), list: lists(), is: { kind: 'dead' } },
  { what: 'a list says killed', read: NONE, list: lists('killed'), is: { kind: 'dead' } },
  { what: 'they contradict', read: reads('deleted'), list: lists('active'), is: { kind: 'alive' } },
  {
    what: '404 and a list that fails',
    read: NONE,
    list: failed('HTTP_500'),
    is: { kind: 'unread' },
  },
  {
    what: 'an empty list and a read that fails',
    read: failed('HTTP_500'),
    list: lists(),
    is: { kind: 'unread' },
  },
  {
    what: 'a read that is refused, listed',
    read: failed('IMG.0026'),
    list: lists('active'),
    is: { kind: 'alive' },
  },
  {
    what: 'a read that is refused, not listed',
    read: failed('IMG.0026'),
    list: lists(),
    is: { kind: 'unlisted', reason: { code: 'IMG.0026' } },
  },
  {
    what: 'a call that is gone, not listed',
    read: failed('APIGW.0101'),
    list: lists(),
    is: { kind: 'unlisted' },
  },
  {
    what: 'IMG.0144 with 400, not listed',
    read: failed('IMG.0144'),
    list: lists(),
    is: { kind: 'unlisted' },
  },
  {
    what: 'a list that is refused, beside a read that knows none',
    read: NONE,
    list: failed('IMG.0026'),
    is: { kind: 'unread', isForGood: true },
  },
  {
    what: 'both refused',
    read: failed('APIGW.0101'),
    list: failed('IMG.0026'),
    is: { kind: 'unread', isForGood: true, reason: { code: 'IMG.0026' } },
  },
  {
    what: 'not registered yet',
    read: failed('IMG.0026'),
    list: lists(),
    unregistered: lists('saving'),
    is: { kind: 'alive' },
  },
  {
    what: 'a page of a firewall, not listed',
    read: failed('HTTP_403'),
    list: lists(),
    is: { kind: 'unread', isForGood: false },
  },
  {
    what: 'a list that is throttled',
    read: reads('active'),
    list: failed('APIGW.0308', true),
    is: { kind: 'unread', throttled: true },
  },
])('$what → $is', async ({ read, list, unregistered = list, is }) => {
  const images = async ({ isUnregistered }: ImageFilter) => (isUnregistered ? unregistered : list);
  const ims = { image: async () => read, images };
  const [seen] = await inspectImages(ims, ['of-one']);
  expect(seen).toMatchObject({ id: 'of-one', sight: is });
});
