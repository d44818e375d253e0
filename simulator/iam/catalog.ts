import type { Interface, SimulatorOptions } from '../options.ts';
import { endpointUrl } from '../server/endpoint.ts';
import { regionsOf } from './directory.ts';

interface Place {
  readonly region: string;
  readonly face: Interface;
  /** Of the service in that region, behind that interface; without a slash at its end. */
  readonly url: string;
}

/** As recorded from OTC: identity twice, IMS without version, project or slash. */
export function catalogBody(options: SimulatorOptions, base: string): readonly object[] {
  if (options.catalog === 'none') return [];
  const places = regionsOf(options).flatMap((region) =>
    options.catalogInterfaces.map((face): Place => {
      return { region, face, url: endpointUrl(base, { region, face }, options) };
    }),
  );
  const everywhere = places.filter(({ region }) => region === options.region);
  const services = [
    entry('identity', 'keystone', at(places, '/v3')),
    entry('identity', 'keystone', at(everywhere, '/v3').map(worldwide)),
    entry('object-store', 'swift', at(places, '/swift/v1')),
    entry('image', 'glance', at(places)),
    entry('compute', 'nova', at(places, `/v2.1/${options.projectId}`)),
    // OBS is reached by bucket, so its address has no path.
    entry('object', 'objectstorage', at(places.map((place) => ({ ...place, url: base })))),
  ];
  if (options.catalog === 'odd') return [...ODD, ...services];
  return services.filter(({ type }) => type !== 'image' || options.catalog === 'full');
}

/** Seen in catalogs: a service without a type, endpoints without URL or region. */
const ODD: readonly object[] = [
  { id: 'untyped', name: 'untyped', endpoints: [] },
  {
    id: 'image-old',
    type: 'image',
    name: 'glance',
    endpoints: [{ id: 'without-url', interface: 'public', region: '*', region_id: '*' }],
  },
  {
    id: 'volume',
    type: 'volume',
    name: 'cinder',
    endpoints: [{ id: 'without-region', interface: 'public', url: null, region: null }],
  },
];

function entry(type: string, name: string, endpoints: readonly object[]) {
  return { id: `${type}-${name}`, type, name, endpoints };
}

function at(places: readonly Place[], path = '') {
  return places.map(({ region, face, url }) => ({
    id: `${region}-${face}`,
    interface: face,
    region,
    region_id: region,
    url: `${url}${path}`,
  }));
}

function worldwide<Endpoint extends { readonly interface: string }>(endpoint: Endpoint) {
  return { ...endpoint, id: `*-${endpoint.interface}`, region: '*', region_id: '*' };
}
