import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT, init } from '../src/init.ts';
import { writeChanges } from '../src/write-changes.ts';
import { readArchive } from './generated-apps.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nestfleet-init-'));
  for (const [path, text] of readArchive('nest11-express')) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** All files of the folder, with their texts. */
const filesOf = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('.git/') && !entry.parentPath.endsWith('.git'))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(root.length + 1), readFileSync(path, 'utf8')]),
  );

async function run(words: string, answer?: boolean) {
  const printed: string[] = [];
  const asked: string[] = [];
  const confirm = async (question: string) => {
    asked.push(question);
    return answer === true;
  };
  const say = (text: string) => void printed.push(text);
  const terminal = { print: say, complain: say, confirm: answer === undefined ? undefined : confirm };
  const code = await init(words.split(' ').filter(Boolean), { root, version: '0.1.0', terminal });
  return { code, printed: printed.join('\n'), asked };
}

describe('nestfleet init', () => {
  it('prints the changes, asks, and writes them', async () => {
    const { code, printed, asked } = await run('init', true);
    expect({ code, asked: asked.length }).toEqual({ code: EXIT.done, asked: 1 });
    expect(printed).toContain("+import { NestfleetModule } from './nestfleet.module';\n");
    expect(printed).toMatch(/lines changed in files of yours, 4 new: src\/nestfleet\.module\.ts/);
    expect(printed).toMatch(/^Written\. Next: npm install, where the registry has .*service; else their tarballs/m);
    expect(filesOf()['src/app.module.ts']).toContain('imports: [NestfleetModule],');
    expect(filesOf()['package.json']).toContain('"@nestfleet/service": "0.1.0"');
  });

  it('changes nothing a second time, and asks nobody', async () => {
    await run('init --yes');
    const before = filesOf();
    expect(await run('init')).toMatchObject({ code: EXIT.done, printed: expect.stringContaining('nothing to change') });
    expect(filesOf()).toEqual(before);
  });

  it.each([
    ['the answer is no', 'init', false, EXIT.notConfirmed, 'Nothing was changed.'],
    ['nobody can be asked', 'init', undefined, EXIT.usage, '--yes writes the changes'],
    ['only a look is wanted', 'init --dry-run', undefined, EXIT.done, '+++ b/Dockerfile'],
    ['the option is unknown', 'init --force', true, EXIT.usage, 'usage: npx nestfleet init'],
    ['the command is unknown', 'start', true, EXIT.usage, 'there is no command start'],
    ['there is no command', '', true, EXIT.usage, 'say what to do: init'],
    ['the usage is asked for', '--help', undefined, EXIT.done, 'usage: npx nestfleet init'],
  ] as const)('writes nothing where %s', async (_what, words, answer, code, said) => {
    const before = filesOf();
    const result = await run(words, answer);
    expect(result.code).toBe(code);
    expect(result.printed).toContain(said);
    expect(filesOf()).toEqual(before);
  });

  it('writes nothing where it does not understand a file', async () => {
    writeFileSync(join(root, 'src/app.module.ts'), 'export const AppModule = {};\n');
    const before = filesOf();
    const { code, printed } = await run('init --yes');
    expect({ code, before: filesOf() }).toEqual({ code: EXIT.refused, before });
    expect(printed).toContain('src/app.module.ts has no class AppModule');
    expect(printed).toContain('Nothing was changed.');
  });

  it('tells what git cannot take back', async () => {
    const git = (...words: string[]) => execFileSync('git', words, { cwd: root, stdio: 'ignore' });
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
    git('init');
    expect((await run('init', false)).printed).toContain('not all is committed here');
    git('add', '.');
    git(...identity, 'commit', '-m', 'as generated');
    expect((await run('init', false)).printed).not.toContain('committed');
    rmSync(join(root, '.git'), { recursive: true });
    expect((await run('init', false)).printed).toContain('this is no git repository');
  });
});

describe('writeChanges', () => {
  it('takes back what it wrote where a file cannot be written', () => {
    const before = filesOf();
    const changes = [
      { path: 'src/main.ts', before: before['src/main.ts'], after: '' },
      { path: 'new.txt', before: undefined, after: 'new' },
      { path: 'missing/file.txt', before: undefined, after: 'new' },
    ];
    expect(() => writeChanges(root, changes)).toThrow('ENOENT');
    expect(filesOf()).toEqual(before);
  });
});
