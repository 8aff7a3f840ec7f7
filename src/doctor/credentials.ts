import type { Project } from '../http/request.ts';
import { fail, type Finding, pass, skip, warn } from './finding.ts';

/** A short name of a project, without secrets. */
export const formatProject = ({ region, projectId, name }: Project): string =>
  `${region} ${name ?? projectId}`;

/** Credentials that calls of a project carry. */
export const findAuthMethod = (project: Project): 'key' | 'user' | 'caller' | 'sandbox' => {
  if (project.accessKey) return 'key';
  if (project.user) return 'user';
  return project.token === undefined ? 'caller' : 'sandbox';
};

const PRINTABLE = /^[\x21-\x7e]+$/;
const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/;
const LONGEST_TOKEN = 8192;
const SHORTEST_TOKEN = 32;

const guessKind = (token: string): string => {
  if (token.startsWith('MII')) return 'a PKI token of IAM';
  if (token.startsWith('gAAAA')) return 'a Fernet token of IAM';
  return JWT.test(token) ? 'a JWT' : 'of no kind that is told by its shape';
};

const PROOF = 'When it ends is not told by its shape; the reads below prove it';

/** Whether a token can be sent in a header. */
export const isSendable = (token: string): boolean => PRINTABLE.test(token);

/** Checks the length and kind of a token. The finding contains no part of it. */
export const checkToken = (token: string): Finding => {
  const check = 'token DOCTOR_TOKEN';
  const words = `${token.length} characters, ${guessKind(token)}`;
  if (!isSendable(token)) {
    return fail(
      check,
      `${token.length} characters, some of them blank or not printable`,
      'Give the token alone: no `Bearer`, no quotes, no line break',
    );
  }
  if (token.length > LONGEST_TOKEN)
    return fail(check, words, `More than ${LONGEST_TOKEN} does not fit a header: ask IAM with nocatalog=1`);
  if (JWT.test(token))
    return warn(check, words, 'The cloud takes tokens of IAM; those of another issuer go in Authorization');
  return token.length < SHORTEST_TOKEN
    ? warn(check, words, 'Tokens of IAM are longer: check that nothing was cut off')
    : pass(check, words, PROOF);
};

/** Beginning of temporary access keys. */
const TEMPORARY = /^HST/;
const ACCESS_KEY_LENGTH = 20;
const SECRET_KEY_LENGTH = 40;

/** Checks the shape of an access key. The finding contains no part of it. */
export const checkAccessKey = (label: string, key: NonNullable<Project['accessKey']>): Finding => {
  const check = `access key ${label}`;
  if (key.accessKey.length === SECRET_KEY_LENGTH && key.secretKey.length === ACCESS_KEY_LENGTH)
    return fail(check, 'access key and secret key seem to have changed places', 'Swap the two');
  if (TEMPORARY.test(key.accessKey) && key.securityToken === undefined)
    return fail(
      check,
      'a temporary access key without its security token',
      'Give the security token that was issued with it',
    );
  return key.securityToken === undefined
    ? pass(check, 'a permanent access key, by its shape')
    : pass(check, 'an access key with a security token', 'It ends within 24 hours of its issue');
};

const checkProject = (project: Project): Finding[] =>
  project.accessKey ? [checkAccessKey(formatProject(project), project.accessKey)] : [];

const checkCallerToken = (projects: readonly Project[], token: string | undefined): Finding[] => {
  const forwards = projects.some((project) => findAuthMethod(project) === 'caller');
  if (token === undefined) {
    return forwards
      ? [
          skip(
            'token DOCTOR_TOKEN',
            'callers bring a token of their own, and none is here to try',
            'Give a project-scoped token of IAM in DOCTOR_TOKEN',
          ),
        ]
      : [];
  }
  return forwards
    ? [checkToken(token)]
    : [skip('token DOCTOR_TOKEN', 'no project takes the token of a caller')];
};

/** Checks the shape of all credentials that calls are made with. */
export const checkCredentials = (projects: readonly Project[], token: string | undefined): Finding[] => [
  ...checkCallerToken(projects, token),
  ...projects.flatMap(checkProject),
];
