export * from './wechat.js';
