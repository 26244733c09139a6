-- Gates about who says yes.

local answers = require "awscicd.gate.answers"
local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"

local people = {}

-- Whether a name is the commit's author, by name or e-mail address. Raises when the author is not known.
local function is_author(request, name)
  local commit = request.commit
  if not commit or not (commit.author or commit.email) then error("the author of the change is not known", 0) end
  name = name:lower()
  return name == (commit.author or ""):lower() or name == (commit.email or ""):lower()
end

-- `count` people out of `people` say yes. `votes(request)` returns { [person] = true or false }, from a chat, a file, a
-- table; any other vote than true or false holds. Options: veto (one no rejects), not_author (the author's own vote does
-- not count), every (seconds between two looks, 30).
function people.quorum(options)
  options = options_of.check("gate.quorum", options, {
    people = "!list", count = "!integer", votes = "!function", veto = "boolean", not_author = "boolean", every = "positive",
  })
  if options.count < 1 or options.count > #options.people then
    error(("gate.quorum: count is %d; it has to be 1 to %d, the number of people"):format(options.count, #options.people), 2)
  end
  local voters = {}
  for _, person in ipairs(options.people) do
    if voters[person] then error(("gate.quorum: %s stands twice among the people"):format(tostring(person)), 2) end
    voters[person] = true
  end
  return function(request)
    local yes, no, may = {}, {}, 0
    local votes = options.votes(request)
    if type(votes) ~= "table" then return answers.hold(("the votes are a %s, not a table"):format(type(votes))) end
    for _, person in ipairs(options.people) do
      if not (options.not_author and is_author(request, person)) then
        may = may + 1
        local vote = votes[person]
        if vote == true then
          yes[#yes + 1] = person
        elseif vote == false then
          no[#no + 1] = person
        elseif vote ~= nil then
          return answers.hold(("the vote of %s is %s, neither true nor false"):format(person, tostring(vote)))
        end
      end
    end
    if options.veto and #no > 0 then return answers.reject("no from " .. table.concat(no, ", ")) end
    if #yes >= options.count then return answers.approve("yes from " .. table.concat(yes, ", ")) end
    if may < options.count then
      return answers.hold(("%d of %d people may vote on this change, %d are needed"):format(may, #options.people, options.count))
    end
    if may - #no < options.count then return answers.reject(("%d of %d said no"):format(#no, may)) end
    return answers.wait(options.every or 30, ("%d of %d have said yes"):format(#yes, options.count))
  end
end

-- The one who approves is not the author of the change: `who` is compared with the commit's author and e-mail address.
-- Without `who`, the caller's own AWS identity (the last part of its ARN) is taken. An author who is not known holds. The
-- author is what the commit says: git does not prove it.
function people.no_self_approval(who)
  if who ~= nil and (type(who) ~= "string" or who == "") then
    error("gate.no_self_approval takes a name or an e-mail address", 2)
  end
  return function(request)
    local approver = who or aws.sts.get_caller_identity {}.Arn:match("[^/]+$")
    if is_author(request, approver) then return answers.hold(("%s may not approve their own change"):format(approver)) end
    return answers.approve(("%s is not the author"):format(approver))
  end
end

-- There is one terminal: pipelines that are served at the same time ask one after another.
local one_at_a_time = task.semaphore(1)

local function question(request)
  local known, commit = pcall(function() return request.commit end)
  local what = known and commit and (" (%s by %s: %s)"):format(
    commit.id:sub(1, 8), tostring(commit.author), (commit.message or ""):match("^[^\n]*")) or ""
  return ("Approve %s of %s%s?"):format(request.stage, request.pipeline, what)
end

-- Asks at the terminal, after showing what is asked about; holds where there is no terminal. `text` replaces the
-- question, options.every is the pause after "later" (60 s).
function people.prompt(text, options)
  options = options_of.check("gate.prompt", options, { every = "positive" })
  return function(request)
    local _ <close> = one_at_a_time:acquire()
    local reply, problem = script.prompt((text or question(request)) .. " [y/n/later] ")
    if not reply then return answers.hold(problem or "there is no terminal to ask at") end
    reply = reply:lower():match("^%s*(.-)%s*$")
    if list.contains({ "y", "yes" }, reply) then return answers.approve("approved at the terminal") end
    if list.contains({ "n", "no" }, reply) then return answers.reject("rejected at the terminal") end
    return answers.wait(options.every or 60, "asked to wait at the terminal")
  end
end

return people
