import { describe, expect, it } from '@jest/globals';
import { readBootstrap } from './bootstrap.ts';
import { editMain } from './edit-main.ts';
import { parseSource } from './source.ts';

const nest = "import { NestFactory } from '@nestjs/core';\n";
const module = "import { AppModule } from './app.module';\n";
const adapter = "import { FastifyAdapter } from '@nestjs/platform-fastify';\n";
const start = (created: string, listen: string) =>
  `async function bootstrap() {\n  const app = await NestFactory.create(${created});\n  ${listen}\n}\nbootstrap();\n`;
const main = (listen: string) =>
  parseSource('src/main.ts', nest + module + start('AppModule', `await app.listen(${listen});`));
const fastifyMain = (listen: string) =>
  parseSource(
    'src/main.ts',
    nest + adapter + module + start('AppModule, new FastifyAdapter()', `await app.listen(${listen});`),
  );

const edited = (source: ReturnType<typeof main>) => editMain(source, readBootstrap(source));

describe('readBootstrap', () => {
  it('says where the root module is, and what the app runs on', () => {
    expect(readBootstrap(main('3000'))).toMatchObject({
      platform: 'express',
      rootModule: 'AppModule',
      importedFrom: './app.module',
    });
    expect(readBootstrap(fastifyMain('3000')).platform).toBe('fastify');
  });

  it.each([
    ['process.env.PORT ?? 3000', 3000, 'PORT'],
    ["process.env['HTTP_PORT'] || '8080'", 8080, 'HTTP_PORT'],
    ['Number(process.env.PORT) || 4000', 4000, 'PORT'],
    ['Number(process.env.PORT ?? 4000)', 4000, 'PORT'],
    ["parseInt(process.env.PORT ?? '4000', 10)", 4000, 'PORT'],
    ["Number.parseInt(process.env.PORT || '4000', 10)", 4000, 'PORT'],
    ['+(process.env.PORT || 4000)', 4000, 'PORT'],
    ['{ port: 4000 }', 4000, undefined],
    ['{ port: Number(process.env.PORT ?? 4000) }', 4000, 'PORT'],
    ['4000', 4000, undefined],
  ])('reads the port of listen(%s)', (listen, port, portVariable) => {
    expect(readBootstrap(main(listen))).toMatchObject({ port, isPortSaid: true, portVariable });
  });

  it.each(["config.get('port')", 'Number(process.env.PORT)', 'toPort(4000)', '0'])(
    'says that listen(%s) has no port to be read',
    (listen) => {
      expect(readBootstrap(main(listen))).toMatchObject({ port: 3000, isPortSaid: false });
    },
  );

  it('reads the port of a constant', () => {
    const text = start('AppModule', 'const port = process.env.PORT || 3333;\n  await app.listen(port);');
    const source = parseSource('src/main.ts', nest + module + text);
    expect(readBootstrap(source)).toMatchObject({ port: 3333, portVariable: 'PORT' });
  });

  it.each([
    ['no NestFactory', `${module}console.log(AppModule);\n`, 'does not import NestFactory'],
    ['no app', `${nest}${module}`, 'does not call NestFactory.create'],
    ['a microservice', `${nest}${module}await NestFactory.createMicroservice(AppModule);`, 'an app without HTTP'],
    ['two apps', nest + module + start('AppModule', 'NestFactory.create(AppModule);'), 'more than once'],
    ['a module of its own', `${nest}class AppModule {}\n${start('AppModule', 'await app.listen(1);')}`, 'no module'],
    ['a module that is made', nest + module + start('AppModule.with()', 'await app.listen(1);'), 'no module'],
    [
      'a module by an alias',
      nest + "import { A } from '@shop/app';\n" + start('A', 'app.listen(1);'),
      'no relative path',
    ],
    ['no listen', nest + module + start('AppModule', ''), 'no one call of listen'],
    ['listen twice', nest + module + start('AppModule', 'app.listen(1); app.listen(2);'), 'no one call of listen'],
    ['no syntax', 'import {', 'src/main.ts cannot be read'],
  ])('refuses a file with %s', (_what, text, words) => {
    expect(() => readBootstrap(parseSource('src/main.ts', text))).toThrow(words);
  });
});

describe('editMain', () => {
  it.each([
    ['process.env.PORT ?? 3000', "process.env.PORT ?? 3000, '0.0.0.0'"],
    ['{ port: 3000 }', "{ port: 3000, host: '0.0.0.0' }"],
    ["3000, '::'", "3000, '::'"],
    ['3000, host', '3000, host'],
    ['{ port: 3000, host }', '{ port: 3000, host }'],
    ['3000, () => {}', "3000, '0.0.0.0', () => {}"],
    ['3000, bootstrap', "3000, '0.0.0.0', bootstrap"],
    ["3000, '::', () => {}", "3000, '::', () => {}"],
    ["{ ...options, host: '::' }", "{ ...options, host: '::' }"],
    ["config.get('port')", "config.get('port'), '0.0.0.0'"],
  ])('lets Fastify listen where others reach it: listen(%s)', (before, after) => {
    expect(edited(fastifyMain(before))).toEqual({ text: fastifyMain(after).text, notes: [] });
  });

  it.each([
    ['const options = { port: 3000 };', 'options'],
    ['const options = { port: 3000 };', '{ ...options }'],
    ['const words = [3000] as const;', '...words'],
  ])('refuses options that stand elsewhere: %s listen(%s)', (before, listen) => {
    const { text } = fastifyMain(listen);
    const source = parseSource('src/main.ts', before + text);
    expect(() => edited(source)).toThrow("write host: '0.0.0.0' into the call");
    expect(edited(parseSource('src/main.ts', before + main(listen).text)).notes).toEqual([]);
  });

  it('takes a host that stands elsewhere with its options', () => {
    const text = `const options = { port: 3000, host: '::' };${fastifyMain('options').text}`;
    expect(edited(parseSource('src/main.ts', text))).toEqual({ text, notes: [] });
  });

  it('leaves Express alone, which does so by itself', () => {
    expect(edited(main('3000'))).toEqual({ text: main('3000').text, notes: [] });
  });

  it('says where only loopback is listened on', () => {
    for (const source of [main("3000, 'localhost'"), fastifyMain("{ port: 3000, host: '127.0.0.1' }")])
      expect(edited(source)).toMatchObject({
        text: source.text,
        notes: [expect.stringContaining('src/main.ts listens on')],
      });
  });
});
