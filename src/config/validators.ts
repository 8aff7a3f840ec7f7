import { z } from 'zod';

const PRINTABLE = /^[\x21-\x7e]+$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Id of a region or a project. */
export const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be 1 to 64 letters, digits, hyphens or underscores');
/** Key or token, which is sent in a header. */
export const secret = z.string().regex(PRINTABLE, 'must be printable, without spaces');
/** Base URL of a service; `checkBaseUrl` checks the rest. */
export const baseUrl = z.url({
  protocol: /^https?$/,
  error: 'must be an http or https URL, such as `https://host.example.com`',
});

const MAX_QUOTED = 60;

/** A value, for messages: without the credentials, query and fragment that a URL may have, and shortened. */
export const quote = (text: string): string => {
  const harmless = text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1…@').replace(/[?#].*/s, '…');
  return JSON.stringify(harmless.length > MAX_QUOTED ? `${harmless.slice(0, MAX_QUOTED)}…` : harmless);
};

/** Problems of a URL's host: plain http only to loopback, unless it is allowed. */
export const checkHost = (text: string, insecureAllowed: boolean): string[] => {
  const url = URL.parse(text);
  return url?.protocol === 'http:' && !LOOPBACK.test(url.hostname) && !insecureAllowed
    ? ['must be an https URL for a host other than loopback, unless ALLOW_INSECURE_UPSTREAM=1']
    : [];
};

/** Problems of a base URL that `baseUrl` does not find. */
export const checkBaseUrl = (text: string, insecureAllowed: boolean): string[] => {
  const url = URL.parse(text);
  if (!url) return [];
  const more = url.username || url.password || url.search || url.hash;
  return [
    ...(more ? ['must have no credentials, query or fragment'] : []),
    ...checkHost(text, insecureAllowed),
  ];
};
