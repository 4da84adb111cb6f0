// A controller as an application of Nest has it, on Express; compiled with the decorators of TypeScript.

import 'reflect-metadata';
import {
  type BeforeApplicationShutdown,
  Body,
  Controller,
  Get,
  Injectable,
  Module,
  Post,
  Req,
  Res,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Request, Response } from 'express';
import { createHub } from 'perennial-sse';

@Injectable()
class Events implements BeforeApplicationShutdown {
  readonly hub = createHub();

  // Before Nest waits for its connections.
  beforeApplicationShutdown = () => this.hub.close({ spread: 100, deadline: 5000 });
}

@Controller()
class EventsController {
  constructor(private readonly events: Events) {}

  @Get('events')
  async stream(@Req() req: Request, @Res() res: Response) {
    await this.events.hub.connect(req, res, { channels: ['news'] });
  }

  @Post('publish')
  publish(@Body() { channel, data }: { channel: string; data: string }) {
    return this.events.hub.publish(channel, { event: 'news', data });
  }

  @Get('clients')
  clients() {
    return this.events.hub.stats().clients;
  }
}

@Module({ controllers: [EventsController], providers: [Events] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: false });
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
console.log(`listening on ${app.getHttpServer().address().port}`);
