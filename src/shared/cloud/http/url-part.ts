const CLOUD_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** True for what may be an id in a URL path: IMS job and image ids, project ids. */
export function isCloudId(text: string): boolean {
  return CLOUD_ID.test(text);
}

/** As signatures want it: RFC 3986 encodes more than `encodeURIComponent` does. */
export function encodeUrlPart(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
