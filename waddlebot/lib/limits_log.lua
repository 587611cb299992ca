-- Sliding log: the moments of the last window themselves, so no window ever holds more.
-- KEYS[1] name; ARGV[1] count, ARGV[2] window in ms, ARGV[3] something unique
-- → allowed (1/0), how many there are, ms until the oldest leaves
local now = redis.call('TIME')
local us = tonumber(now[1]) * 1000000 + tonumber(now[2])
local count, window = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', us - window)
local held = redis.call('ZCARD', KEYS[1])
local allowed = 0
if held < count then
  redis.call('ZADD', KEYS[1], us, ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  held, allowed = held + 1, 1
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {allowed, held, math.ceil((tonumber(oldest[2]) + window - us) / 1000)}
