import type { CallName } from './call-names.ts';
import type { Call, Reply, Route } from './context.ts';
import { endpointUrl, originOf } from './endpoint.ts';
import { noSuchApi } from './errors.ts';

const open = (path: string, name: CallName, handle: (call: Call) => Reply): Route => ({
  method: 'GET',
  path,
  name,
  secured: 'no',
  handle,
});

/** The lists of API versions; no login needed. */
export const VERSION_ROUTES: readonly Route[] = [
  open('/', 'versions', (call) => images(call, IDS)),
  open('/:version', 'versions', imageVersion),
  open('/:version/', 'versions', imageVersion),
  open('/v3', 'identity version', identity),
  open('/v3/', 'identity version', identity),
];

const IDS = ['v2.2', 'v2.1', 'v2.0'];

/** IMS answers 300 here. */
function images(call: Call, ids: readonly string[]): Reply {
  const links = [{ rel: 'self', href: `${baseOf(call)}/v2/` }];
  const versions = ids.map((id) => {
    return { id, status: id === IDS[0] ? 'CURRENT' : 'SUPPORTED', links };
  });
  return { status: 300, json: { versions } };
}

function imageVersion(call: Call): Reply {
  const { version = '' } = call.params;
  const ids = IDS.filter((id) => id === version || version === 'v2');
  return ids.length === 0 ? noSuchApi(call) : images(call, ids);
}

/** As Keystone does. */
function identity(call: Call): Reply {
  const version = {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${baseOf(call)}/v3/` }],
    'media-types': [
      { base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' },
    ],
  };
  return { status: 200, json: { version } };
}

function baseOf({ request, endpoint, world }: Call): string {
  return endpointUrl(originOf(request), endpoint, world.options);
}
