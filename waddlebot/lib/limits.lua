-- Sliding counter: two windows, the one before weighted by how much of it is still in sight.
-- KEYS[1] name; ARGV[1] count, ARGV[2] window in ms
-- → allowed (1/0), weight before this one, ms until the window ends, current, previous
local now = redis.call('TIME')
local ms = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
local count, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local slot = math.floor(ms / window)
local elapsed = ms - slot * window
local key = KEYS[1] .. ':' .. string.format('%d', slot)
local current = tonumber(redis.call('GET', key) or '0')
local previous = tonumber(redis.call('GET', KEYS[1] .. ':' .. string.format('%d', slot - 1)) or '0')
local weight = previous * (1 - elapsed / window) + current
if weight < count then
  redis.call('INCR', key)
  redis.call('PEXPIRE', key, 2 * window)
  return {1, tostring(weight), window - elapsed, current, previous}
end
return {0, tostring(weight), window - elapsed, current, previous}
