import { z } from 'zod';

const PRINTABLE = /^[\x21-\x7e]+$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** A region or a project, as a setting gives it. */
export const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be 1 to 64 letters, digits, hyphens or underscores');
/** A key or a token: it goes into a header. */
export const secret = z.string().regex(PRINTABLE, 'must be printable, without spaces');
/** Where a service is. */
export const baseUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

/** What is wrong with where a URL leads: over a network that others share, nothing goes in the clear. */
export const hostProblems = (text: string, insecureAllowed: boolean): string[] => {
  const url = URL.parse(text);
  return url?.protocol === 'http:' && !LOOPBACK.test(url.hostname) && !insecureAllowed
    ? ['plain http goes to loopback only; ALLOW_INSECURE_UPSTREAM=1 lifts that']
    : [];
};

/** What is wrong with a base URL beyond its form. */
export const baseUrlProblems = (text: string, insecureAllowed: boolean): string[] => {
  const url = URL.parse(text);
  if (!url) return [];
  const more = url.username || url.password || url.search || url.hash;
  return [
    ...(more ? ['must have no credentials, query or fragment'] : []),
    ...hostProblems(text, insecureAllowed),
  ];
};
