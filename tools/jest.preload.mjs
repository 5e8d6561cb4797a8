// CommonJS packages require() these ES modules. Jest refuses that while the same module is still being linked by an
// import, so they are loaded first.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
