import 'reflect-metadata';
import { DatabaseSync } from 'node:sqlite';
import { ShutdownModule } from '@nestfleet/service/nest';
import {
  Body,
  Controller,
  Get,
  Injectable,
  Logger,
  Module,
  type OnApplicationShutdown,
  Param,
  Put,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis, type RedisOptions } from 'ioredis';
import { createNotificationPair, Loader, RedisCache } from 'layered-loader';

const setting = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);

interface Product {
  readonly id: string;
  readonly price: number;
}

/** Your database; here a file. */
@Injectable()
class Products {
  private readonly database = new DatabaseSync(process.env['DATABASE'] ?? 'products.sqlite', { timeout: 5_000 });
  private readonly logger = new Logger('Products');

  constructor() {
    this.database.exec('create table if not exists products (id text primary key, price real not null)');
  }

  async load(id: string): Promise<Product> {
    this.logger.log(`loads ${id}`);
    const row = this.database.prepare('select price from products where id = ?').get(id);
    return { id, price: Number(row?.['price'] ?? 0) };
  }

  async save({ id, price }: Product): Promise<void> {
    const statement = 'insert into products values (?, ?) on conflict do update set price = excluded.price';
    this.database.prepare(statement).run(id, price);
  }
}

async function connectRedis(options: RedisOptions): Promise<Redis> {
  const redis = new Redis(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379', options);
  redis.on('error', (error) => Logger.warn(error.message, 'Redis'));
  await new Promise<void>((resolve) => void redis.once('ready', () => resolve()));
  return redis;
}

async function openCache(products: Products, redis: Redis, subscriber: Redis): Promise<Loader<Product>> {
  const pair = createNotificationPair<Product>({
    channel: 'products',
    publisherRedis: redis,
    consumerRedis: subscriber,
  });
  const cache = new Loader<Product>({
    inMemoryCache: { cacheType: 'lru-map', maxItems: 10_000, ttlInMsecs: setting('MEMORY_TTL_MS', 10_000) },
    asyncCache: new RedisCache<Product>(redis, {
      prefix: 'products',
      json: true,
      ttlInMsecs: setting('TTL_MS', 60_000),
    }),
    dataSourceGetOneFn: (id: string) => products.load(id),
    notificationPublisher: pair.publisher,
    notificationConsumer: pair.consumer,
    logger: { error: () => undefined }, // Redis is told of by its connection, and a failed load by its request
  });
  await cache.init();
  // Nobody could tell this replica what changed while it was cut off.
  subscriber.on('ready', () => cache.applyRemoteInvalidation());
  return cache;
}

/** The products of all replicas: in memory, else in Redis, else from the database. */
@Injectable()
class ProductCache implements OnApplicationShutdown {
  private constructor(
    private readonly products: Products,
    private readonly connections: readonly Redis[],
    private readonly cache: Loader<Product>,
  ) {}

  static async open(products: Products): Promise<ProductCache> {
    const [redis, subscriber] = await Promise.all([
      // Nobody waits for a Redis that is away: its values are loaded, as if it had none.
      connectRedis({ enableOfflineQueue: false, commandTimeout: 500 }),
      connectRedis({}),
    ]);
    return new ProductCache(products, [redis, subscriber], await openCache(products, redis, subscriber));
  }

  /** Requests that come at once wait for one load. */
  async get(id: string): Promise<Product> {
    return (await this.cache.get(id)) ?? this.products.load(id);
  }

  /** First the database, then the caches: the other way round the old value could be read in between, and stay. */
  async set(product: Product): Promise<void> {
    await this.products.save(product);
    await this.cache.invalidateCacheFor(product.id);
  }

  onApplicationShutdown(): void {
    for (const redis of this.connections) redis.disconnect();
  }
}

@Controller('products/:id')
class ProductsController {
  constructor(private readonly products: ProductCache) {}

  @Get()
  get(@Param('id') id: string): Promise<Product> {
    return this.products.get(id);
  }

  @Put()
  async put(@Param('id') id: string, @Body() { price }: { price: number }): Promise<Product> {
    await this.products.set({ id, price });
    return { id, price };
  }
}

@Module({
  imports: [ShutdownModule.forRoot()],
  controllers: [ProductsController],
  providers: [
    Products,
    { provide: ProductCache, inject: [Products], useFactory: (products: Products) => ProductCache.open(products) },
  ],
})
class ShopModule {}

const app = await NestFactory.create(ShopModule);
await app.listen(process.env['PORT'] ?? 3000, '0.0.0.0');
Logger.log(`listens at ${await app.getUrl()}`, 'Shop');
