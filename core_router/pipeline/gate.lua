-- One round trip for all that Redis decides about the events of one community: the credential's
-- request limit, then for each event whether it came before, its session, its limits, and what
-- it earns: 1 is added to a field that says whom, what and how much, the first time it comes.
-- A limit is taken only when all of an event's limits allow it; a refused event burns nothing.
--
-- KEYS[1]  what every key of the community begins with
-- ARGV     peek, session TTL s, dedupe TTL s, request counter or '', its count, its window ms,
--          name of the hash of points, then per event: dedupe or '', its value, first letter of
--          its value when it is limited, field to count in or '', session, new session id,
--          number of limits, then per limit: 'c' (cooldown) or 'r' (rate), name, count, window ms
-- Returns  {allowed, remaining, reset ms}, then per event {code, text, retry ms, limit}
--          code 0 goes on (text: session id), 1 came before (text: the value stored then),
--          2 is limited by the limit of that number (text: session id)

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local prefix = KEYS[1]
local peek = ARGV[1] == '1'
local at = 8

local function next_argument()
  at = at + 1
  return ARGV[at - 1]
end

-- A sliding counter: this window, and the part of the last one that still overlaps it.
local function weigh(name, count, window)
  local slot = math.floor(now / window)
  local current = tonumber(redis.call('GET', name .. ':' .. slot) or '0')
  local previous = tonumber(redis.call('GET', name .. ':' .. (slot - 1)) or '0')
  local elapsed = now / window - slot
  local weight = previous * (1 - elapsed) + current
  local retry = 0
  if weight >= count then
    if current >= count then
      retry = (2 - elapsed - count / current) * window
    else
      retry = (1 - (count - current) / previous - elapsed) * window
    end
    retry = math.ceil(math.max(retry, 1))
  end
  return weight, retry, name .. ':' .. slot, (1 - elapsed) * window
end

local function take(key, window)
  redis.call('INCR', key)
  redis.call('PEXPIRE', key, window * 2)
end

local answers = {{1, -1, 0}}
if ARGV[4] ~= '' then
  local count, window = tonumber(ARGV[5]), tonumber(ARGV[6])
  local weight, retry, key, reset = weigh(ARGV[4], count, window)
  if weight >= count then
    return {{0, 0, retry}}
  end
  take(key, window)
  answers[1] = {1, math.max(math.floor(count - weight - 1), 0), math.ceil(reset)}
end

while at <= #ARGV do
  local dedupe, value = next_argument(), next_argument()
  local otherwise, gain = next_argument(), next_argument()
  local session_key, session = prefix .. next_argument(), next_argument()
  local limits = {}
  for number = 1, tonumber(next_argument()) do
    limits[number] = {
      next_argument(), prefix .. next_argument(),
      tonumber(next_argument()), tonumber(next_argument()),
    }
  end

  local before = dedupe ~= '' and redis.call('GET', prefix .. dedupe)
  -- The same execution again is work taken up after a crash: no duplicate, and what it takes of
  -- its limits was taken then, unless they refused it, or it was given back.
  local again = before and string.sub(before, 2) == string.sub(value, 2)
  local is_released = before and string.match(before, '^%u')
  if again and string.sub(before, 1, 1) == string.sub(value, 1, 1) then
    limits = {}
  end
  if before and not again then
    answers[#answers + 1] = {1, before, 0, 0}
  else
    local known = redis.call('GET', session_key)
    if known then
      session = known
      if not peek then redis.call('EXPIRE', session_key, ARGV[2]) end
    elseif not peek then
      redis.call('SET', session_key, session, 'EX', ARGV[2])
    end

    local answer = {0, session, 0, 0}
    local taken = {}
    for number, limit in ipairs(limits) do
      local kind, name, count, window = unpack(limit)
      local retry
      if kind == 'c' then
        retry = redis.call('PTTL', name)
        taken[number] = name
      else
        local weight
        weight, retry, taken[number] = weigh(name, count, window)
      end
      if retry > 0 and retry >= answer[3] then
        answer = {2, session, retry, number}
      end
    end
    if not peek then
      if gain ~= '' and (not before or is_released) then
        redis.call('HINCRBY', prefix .. ARGV[7], gain, 1)
      end
      if answer[1] == 0 then
        for number, limit in ipairs(limits) do
          if limit[1] == 'c' then
            redis.call('SET', taken[number], '1', 'PX', limit[4])
          else
            take(taken[number], limit[4])
          end
        end
      else
        -- Nothing will run: a repetition may look for what else it leaves, if anything.
        value = otherwise .. string.sub(value, 2)
      end
      if dedupe ~= '' then
        redis.call('SET', prefix .. dedupe, value, 'EX', ARGV[3])
      end
    end
    answers[#answers + 1] = answer
  end
end

return answers
