// Does what a Dockerfile says without an engine: image.mjs DOCKERFILE FOLDER, as the superuser in a mount namespace of its own (unshare
// --mount). Each stage is an overlay of this machine's own root at FOLDER/STAGE, so "node" is this machine's. Prints what the image says
// of itself as JSON: { "root": …, "user": …, "workdir": …, "command": […], "healthcheck": […] }.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

const [dockerfile, folder] = process.argv.slice(2);
const run = (program, ...args) => execFileSync(program, args, { stdio: ['ignore', 2, 2] });

/** The files of git that the build is sent, by the last pattern that a path or a folder above it matches. */
function context() {
  const patterns = readFileSync(`${dockerfile}.dockerignore`, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const glob = line.replace(/^!/, '').replace(/[.+()]/g, '\\$&');
      const expression = glob.replace(/\*\*\/|\*/g, (star) => (star === '*' ? '[^/]*' : '(?:.*/)?'));
      return { ignored: !line.startsWith('!'), matches: new RegExp(`^${expression}(?:/.*)?$`) };
    });
  const files = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0').filter(Boolean);
  return files.filter((file) => !patterns.findLast(({ matches }) => matches.test(file))?.ignored);
}

const stages = new Map();
let stage;

function begin(name) {
  const base = join(folder, name);
  for (const part of ['upper', 'work', 'root']) mkdirSync(join(base, part), { recursive: true });
  const root = join(base, 'root');
  run('mount', '-t', 'overlay', 'overlay', '-o', `lowerdir=/,upperdir=${base}/upper,workdir=${base}/work`, root);
  for (const mounted of ['proc', 'dev']) run('mount', '--rbind', `/${mounted}`, join(root, mounted));
  stage = { root, workdir: '/', user: '0:0', env: {}, entrypoint: [], cmd: [], healthcheck: [] };
  stages.set(name, stage);
}

function copy(words) {
  const from = words[0].startsWith('--from=') ? stages.get(words.shift().slice('--from='.length)) : undefined;
  const target = words.pop();
  const to = join(stage.root, target.startsWith('/') ? target : join(stage.workdir, target));
  for (const source of words) {
    if (from !== undefined) {
      const path = join(from.root, source);
      const into = target.endsWith('/') ? join(to, basename(source)) : to;
      cpSync(path, into, { recursive: true, verbatimSymlinks: true });
      continue;
    }
    const files = source === '.' ? context() : context().filter((file) => file === source);
    if (files.length === 0) throw new Error(`COPY ${source}: the build is not sent such a file`);
    for (const file of files) cpSync(file, source === '.' || target.endsWith('/') ? join(to, file) : to);
  }
}

const lines = readFileSync(dockerfile, 'utf8')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n/g, ' ')
  .split('\n');
for (const line of lines.map((text) => text.trim()).filter(Boolean)) {
  const [, word, rest] = /^([A-Z]+)\s+(.*)$/.exec(line);
  process.stderr.write(`${line.slice(0, 120)}\n`);
  if (word === 'FROM') begin(/ AS (\w+)$/.exec(rest)?.[1] ?? 'final');
  else if (word === 'WORKDIR') {
    stage.workdir = rest;
    mkdirSync(join(stage.root, rest), { recursive: true });
  } else if (word === 'COPY') copy(rest.split(/\s+/));
  else if (word === 'RUN') run('chroot', stage.root, 'sh', '-c', `cd ${stage.workdir} && { ${rest}; }`);
  else if (word === 'ENV') stage.env = { ...stage.env, ...Object.fromEntries([rest.split('=')]) };
  else if (word === 'USER') stage.user = rest;
  else if (word === 'ENTRYPOINT') stage.entrypoint = JSON.parse(rest);
  else if (word === 'CMD') stage.cmd = JSON.parse(rest);
  else if (word === 'HEALTHCHECK') stage.healthcheck = JSON.parse(rest.slice(rest.indexOf('[')));
  else if (!['LABEL', 'EXPOSE', 'VOLUME'].includes(word)) throw new Error(`${word} is not known here`);
}

const size = (path) =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
process.stderr.write(`/app has ${Math.round(size(join(stage.root, 'app')) / 1e5) / 10} MB\n`);
const { root, user, workdir, entrypoint, cmd, healthcheck } = stage;
process.stdout.write(`${JSON.stringify({ root, user, workdir, command: [...entrypoint, ...cmd], healthcheck })}\n`);
