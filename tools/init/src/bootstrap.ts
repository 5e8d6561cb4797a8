import type { CallExpression, Expression, Node } from '@babel/types';
import { Refusal } from './refusal.ts';
import { importOf, initialValueOf, localNameOf, nodesOfType, propertyOf, type Source } from './source.ts';

const DEFAULT_PORT = 3000;

/** `Bootstrap` is what main.ts says of the app. */
export interface Bootstrap {
  readonly platform: 'express' | 'fastify';
  /** The class of the root module, as its own file exports it. */
  readonly rootModule: string;
  /** Where main.ts imports it from: `./app.module.js`. */
  readonly importedFrom: string;
  /** The one call of `app.listen`. */
  readonly listen: CallExpression;
  /** The port, and the variable of the environment that sets another one. */
  readonly port: number;
  /** Whether main.ts says that port; else it is Nest's own 3000. */
  readonly isPortSaid: boolean;
  readonly portVariable: string | undefined;
}

/** @throws Refusal where it is no app with an HTTP server that is created and listens here */
export function readBootstrap(source: Source): Bootstrap {
  const create = createCall(source);
  const { name, from } = rootModuleOf(source, create);
  const listen = listenCall(source, create);
  return {
    platform: localNameOf(source, 'FastifyAdapter', '@nestjs/platform-fastify') === undefined ? 'express' : 'fastify',
    rootModule: name,
    importedFrom: from,
    listen,
    ...portOf(source, listen.arguments[0]),
  };
}

const isCallOf = (node: Node, object: string, method: string): node is CallExpression =>
  node.type === 'CallExpression' &&
  node.callee.type === 'MemberExpression' &&
  node.callee.object.type === 'Identifier' &&
  node.callee.object.name === object &&
  node.callee.property.type === 'Identifier' &&
  node.callee.property.name === method;

function createCall(source: Source): CallExpression {
  const factory = localNameOf(source, 'NestFactory', '@nestjs/core');
  if (factory === undefined) throw new Refusal(`${source.path} does not import NestFactory of @nestjs/core`);
  const calls = nodesOfType(source.program, 'CallExpression');
  const [create, second] = calls.filter((call) => isCallOf(call, factory, 'create'));
  if (second !== undefined) throw new Refusal(`${source.path} calls NestFactory.create more than once`);
  if (create !== undefined) return create;
  const isWithoutHttp = ['createApplicationContext', 'createMicroservice'].some((method) =>
    calls.some((call) => isCallOf(call, factory, method)),
  );
  throw new Refusal(
    isWithoutHttp
      ? `${source.path} starts an app without HTTP: put ShutdownModule and DiscoveryModule in by hand`
      : `${source.path} does not call NestFactory.create`,
  );
}

function rootModuleOf(source: Source, { arguments: [module] }: CallExpression): { name: string; from: string } {
  const imported = module?.type === 'Identifier' ? importOf(source, module.name) : undefined;
  if (imported === undefined)
    throw new Refusal(`${source.path} gives NestFactory.create no module that it imports by its name`);
  if (!imported.from.startsWith('.'))
    throw new Refusal(`${source.path} imports ${imported.name} from ${imported.from}, which is no relative path`);
  return imported;
}

function listenCall(source: Source, create: CallExpression): CallExpression {
  const app = nodesOfType(source.program, 'VariableDeclarator').find(
    ({ init }) => init?.type === 'AwaitExpression' && init.argument === create,
  )?.id;
  const calls = nodesOfType(source.program, 'CallExpression');
  const found = app?.type === 'Identifier' ? calls.filter((call) => isCallOf(call, app.name, 'listen')) : [];
  const [listen, second] = found;
  if (listen === undefined || second !== undefined)
    throw new Refusal(`${source.path} has no one call of listen on what NestFactory.create gives`);
  return listen;
}

type Port = Pick<Bootstrap, 'port' | 'isPortSaid' | 'portVariable'>;

/** Reads `process.env.PORT ?? 3000`, `Number(process.env.PORT ?? 3000)` and the like, and a constant that is one of them. */
function portOf(source: Source, argument: Node | undefined): Port {
  const expression = valueOf(source, argument);
  const nodes = expression === undefined ? [] : nodesOfType(expression, 'MemberExpression');
  const variable = nodes.find(({ object }) => isEnvironment(object))?.property;
  const port = numberIn(expression);
  return {
    port: port ?? DEFAULT_PORT,
    isPortSaid: port !== undefined,
    portVariable:
      variable?.type === 'Identifier' ? variable.name : variable?.type === 'StringLiteral' ? variable.value : undefined,
  };
}

const isEnvironment = (node: Node): boolean =>
  node.type === 'MemberExpression' &&
  node.object.type === 'Identifier' &&
  node.object.name === 'process' &&
  node.property.type === 'Identifier' &&
  node.property.name === 'env';

/** What an identifier stands for, and which port an object has. */
function valueOf(source: Source, node: Node | undefined): Expression | undefined {
  const value = node === undefined ? undefined : initialValueOf(source, node);
  if (value?.type !== 'ObjectExpression') return value as Expression | undefined;
  const port = propertyOf(value, 'port');
  return port === undefined ? undefined : (initialValueOf(source, port) as Expression | undefined);
}

function numberIn(expression: Expression | undefined): number | undefined {
  if (expression?.type === 'NumericLiteral' || expression?.type === 'StringLiteral')
    return wholeNumber(expression.value);
  if (expression?.type === 'LogicalExpression') return numberIn(expression.right);
  return expression === undefined ? undefined : numberIn(convertedBy(expression));
}

/** What a conversion to a number is given: `+text`, `Number(text)`, `parseInt(text, 10)`. */
function convertedBy(expression: Expression | undefined): Expression | undefined {
  if (expression?.type === 'UnaryExpression' && expression.operator === '+') return expression.argument;
  if (expression?.type !== 'CallExpression') return undefined;
  const { callee, arguments: words } = expression;
  const isConversion =
    (callee.type === 'Identifier' && ['Number', 'parseInt'].includes(callee.name)) ||
    isCallOf(expression, 'Number', 'parseInt');
  return isConversion ? (words[0] as Expression | undefined) : undefined;
}

function wholeNumber(text: string | number): number | undefined {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}
