import { type CutWork, InFlight } from '../lifecycle/in-flight.ts';

/** What a message came with; each transport has its own class. */
interface MessageContext {
  getPattern?(): unknown;
}

type RunHooks = (
  context: MessageContext,
  handle: (onEnd: () => void) => Promise<void>,
  ...more: readonly unknown[]
) => unknown;

/** The part of Nest's container that knows the microservice servers of an app; not every version that is a peer has it. */
interface MessageServers {
  getRpcTargetRegistry?(): { subscribe(next: (server: unknown) => void): unknown };
}

/** The part of a microservice server of Nest 12 through which each message goes, whatever its transport. */
interface MessageServer {
  runWithProcessingHooks: RunHooks;
}

/**
 * MessagesInFlight counts the messages that microservice servers of an app have begun and not ended: those of
 * `connectMicroservice`, and that of `createMicroservice`. Around Nest's own hooks, which are left to the app. Nest 11 does not say when
 * a message has ended, so there it counts none.
 */
export class MessagesInFlight {
  private readonly work = new InFlight<MessageContext>(() => performance.now());

  /** Servers that are connected later are found too. */
  watch(modules: MessageServers): void {
    modules.getRpcTargetRegistry?.().subscribe((server) => {
      if (isMessageServer(server)) this.attach(server);
    });
  }

  get count(): number {
    return this.work.count;
  }

  get named(): CutWork[] {
    return this.work.named();
  }

  private attach(server: MessageServer): void {
    const run = server.runWithProcessingHooks.bind(server);
    server.runWithProcessingHooks = (context, handle, ...more) => {
      const counted = async (onEnd: () => void): Promise<void> => {
        const end = this.begin(context);
        try {
          await handle(() => {
            onEnd();
            end();
          });
        } catch (error) {
          end();
          throw error;
        }
      };
      return run(context, counted, ...more);
    };
  }

  private begin(context: MessageContext): () => void {
    const end = this.work.begin(context, { method: 'MESSAGE', url: nameOf(context) });
    let hasEnded = false;
    return () => {
      if (hasEnded) return;
      hasEnded = true;
      end();
    };
  }
}

/** A pattern is a text, or an object that Nest has written as one. */
function nameOf(context: MessageContext): string {
  const pattern = context.getPattern?.();
  return typeof pattern === 'string' ? pattern : '';
}

const isMessageServer = (server: unknown): server is MessageServer =>
  typeof server === 'object' &&
  server !== null &&
  'runWithProcessingHooks' in server &&
  typeof server.runWithProcessingHooks === 'function';
