import { expect, test } from 'vitest';
import type { ErrorCode } from '../../src/errors/error-codes.ts';
import { FieldErrors, MAX_ERRORS } from '../../src/errors/field-errors.ts';

const codeOf = (error: unknown): ErrorCode => error as ErrorCode;
const thrown = (failures: FieldErrors, code: ErrorCode): boolean => {
  try {
    failures.throwOrCount(code, codeOf);
    return false;
  } catch (error) {
    expect(error).toBe(code);
    return true;
  }
};
const many = (count: number, code: ErrorCode, failures: FieldErrors) =>
  Array.from({ length: count }, () => thrown(failures, code)).filter(Boolean).length;

test('errors are thrown one by one up to the most that are told, and nothing is summed up', () => {
  const failures = new FieldErrors();
  expect(many(MAX_ERRORS, 'NOT_FOUND', failures)).toBe(MAX_ERRORS);
  expect(failures.summary()).toBeNull();
});

test('the others are one error, with how many there are of each code and the code of most', () => {
  const failures = new FieldErrors();
  many(MAX_ERRORS, 'NOT_FOUND', failures);
  expect(many(3, 'FORBIDDEN', failures) + many(5, 'UPSTREAM_TIMEOUT', failures)).toBe(0);
  failures.omit('FORBIDDEN');
  const summary = failures.summary()!;
  expect(summary.message).toMatch(/^9 more errors are left out/);
  expect(summary.extensions).toMatchObject({
    code: 'UPSTREAM_TIMEOUT',
    leftOut: { FORBIDDEN: 4, UPSTREAM_TIMEOUT: 5 },
  });
});

test('the next event of a subscription begins anew', () => {
  const failures = new FieldErrors();
  many(MAX_ERRORS + 1, 'NOT_FOUND', failures);
  failures.renew();
  expect(failures.summary()).toBeNull();
  expect(thrown(failures, 'NOT_FOUND')).toBe(true);
});
