// What the service is told by its environment.

/**
 * @param {Record<string, string | undefined>} env
 */
export function settingsOf(env) {
  const provider = (name) =>
    env[`${name}_URL`] && {
      name: name.toLowerCase(),
      baseUrl: env[`${name}_URL`],
      apiKey: env[`${name}_KEY`] ?? null,
    };
  return {
    port: Number(env.PORT ?? 3000),
    model: env.MODEL ?? 'deepseek-v3.2',
    system: env.SYSTEM ?? '你是一个乐于助人的助手，回答简洁。',
    // The second one is asked where the first fails.
    providers: [provider('PROVIDER'), provider('BACKUP')].filter(Boolean),
    redis: env.REDIS_URL,
    account: env.WECHAT_APP_ID && {
      appId: env.WECHAT_APP_ID,
      appSecret: env.WECHAT_APP_SECRET,
      token: env.WECHAT_TOKEN,
      encodingAESKey: env.WECHAT_AES_KEY,
    },
    bot: env.WECOM_TOKEN && { token: env.WECOM_TOKEN, encodingAESKey: env.WECOM_AES_KEY },
    connection: env.WECOM_BOT_ID && { botId: env.WECOM_BOT_ID, secret: env.WECOM_SECRET },
  };
}
