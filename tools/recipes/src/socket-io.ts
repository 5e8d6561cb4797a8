import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { SHUTDOWN_STEPS, ShutdownModule } from '@nestfleet/service/nest';
import { Body, Controller, Get, Logger, Module, type OnApplicationShutdown, Post, Query } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { type OnGatewayConnection, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { createAdapter } from '@socket.io/redis-streams-adapter';
import { Redis } from 'ioredis';
import type { Server, ServerOptions, Socket } from 'socket.io';

const setting = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
/** Over so long a replica that ends hands its clients over. */
const SPREAD_MS = setting('SPREAD_MS', 5_000);

// Commands wait until Redis is back: a broadcast that is given up reaches the clients of this replica alone.
const redis = new Redis(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379', { maxRetriesPerRequest: null });
redis.on('error', (error) => Logger.warn(error.message, 'Redis'));

interface Message {
  /** 1, 2, 3 …: by it a client knows what it lacks, and what it has already. */
  readonly n: number;
  readonly text: string;
}

@WebSocketGateway({
  transports: ['websocket'], // one connection for one client: no sticky sessions
  connectionStateRecovery: { maxDisconnectionDuration: 120_000, skipMiddlewares: false },
})
class MessagesGateway implements OnGatewayConnection {
  @WebSocketServer() private readonly io!: Server;

  /** ShutdownModule hands over once no load balancer sends clients to this replica, and nobody can connect to it any more. */
  readonly [SHUTDOWN_STEPS] = {
    name: 'sockets',
    firstReady: async () => void (await redis.ping()),
    finishMs: SPREAD_MS + 2_000,
    beforeClose: () => this.handOver(),
  };

  /** Whatever a client is sent first gives it a place in the stream, from which it recovers. */
  handleConnection(socket: Socket): void {
    socket.emit('welcome');
  }

  send(message: Message): void {
    this.io.emit('message', message);
  }

  private async handOver(): Promise<void> {
    const sockets = [...this.io.sockets.sockets.values()];
    for (const socket of sockets) {
      socket.conn.close(); // after socket.disconnect() a client would neither come back by itself nor recover
      await sleep(SPREAD_MS / sockets.length);
    }
    await redis.ping(); // is answered once the sessions before it are stored
  }
}

@Controller('messages')
class MessagesController {
  constructor(private readonly gateway: MessagesGateway) {}

  /** First it is stored, then it is sent: here in a list of Redis, with you in your database. */
  @Post()
  async post(@Body() { text }: { text: string }): Promise<Message> {
    const message = { n: await redis.rpush('messages', text), text };
    this.gateway.send(message);
    return message;
  }

  @Get()
  async after(@Query('after') after: string): Promise<Message[]> {
    const texts = await redis.lrange('messages', Number(after), -1);
    return texts.map((text, index) => ({ n: Number(after) + index + 1, text }));
  }
}

class StreamAdapter extends IoAdapter {
  override createIOServer(port: number, options?: ServerOptions): Server {
    const server = super.createIOServer(port, options);
    return server.adapter(createAdapter(redis, { maxLen: setting('STREAM_MAX_LEN', 10_000) }));
  }
}

@Module({
  imports: [ShutdownModule.forRoot({ drainDelayMs: setting('DRAIN_DELAY_MS', 3_000) })],
  controllers: [MessagesController],
  providers: [MessagesGateway],
})
class MessagesModule implements OnApplicationShutdown {
  onApplicationShutdown(): void {
    redis.disconnect();
  }
}

const app = await NestFactory.create(MessagesModule);
app.useWebSocketAdapter(new StreamAdapter(app));
await app.listen(process.env['PORT'] ?? 3000, '0.0.0.0');
Logger.log(`listens at ${await app.getUrl()}`, 'Messages');
