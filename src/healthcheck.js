// For the image's HEALTHCHECK, which has no shell: exit 0 while the gateway answers.
const url = `http://127.0.0.1:${process.env.PORT || 4000}/health`;
const alive = await fetch(url, { signal: AbortSignal.timeout(2000) }).then(
  (response) => response.ok,
  () => false,
);
process.exitCode = alive ? 0 : 1;
