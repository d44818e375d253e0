import { BlockList, isIPv6 } from 'node:net';

/** Tells whether an address is one of these addresses and ranges. */
export function addressMatcher(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  // An IPv4 address on a socket for both kinds: ::ffff:10.0.0.1.
  return (address) => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
    return list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
  };
}

/** A user's name as a header has it: printable, of a sane length. */
export function headerUser(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e]([\x20-\x7e]{0,98}[\x21-\x7e])?$/.test(value)
    ? value
    : undefined;
}
