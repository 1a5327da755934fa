using System.Collections.Immutable;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>Users, their permissions and their keys.</summary>
public sealed partial class DirectoryMachine
{
    private Answer PutUser(DirectoryCommand.PutUser command)
    {
        if (!EntityName.IsGood(command.Name))
            return Refused(Reply.BadName);
        UserRecord? present = _state.Users.GetValueOrDefault(command.Name);
        if ((present is null && _state.Users.Count >= _state.Limits.MaxUsers)
            || command.Tags.Sum(tag => tag.Length) > EntityName.MaxBytes)
            return Refused(Reply.LimitReached);
        UserRecord user = present is null
            ? new(command.Name, command.Verifier, command.Tags, ImmutableSortedDictionary<long, PermissionPatterns>.Empty)
            : present with { Verifier = command.Verifier, Tags = command.Tags };
        return Keep(user);
    }

    private Answer DeleteUser(string name)
    {
        if (_state.Users.GetValueOrDefault(name) is { } user)
        {
            _state = _state with
            {
                Users = _state.Users.Remove(name),
                AccessKeys = _state.AccessKeys.RemoveRange(user.AccessKeys),
            };
        }
        return Answer.Ok;
    }

    private Answer SetPermissions(DirectoryCommand.SetPermissions command)
    {
        if (_state.Users.GetValueOrDefault(command.User) is not { } user)
            return Refused(Reply.Gone);
        if (_state.Namespaces.Find(command.Namespace.Value) is null)
            return Refused(Reply.NamespaceNotFound);
        foreach (string pattern in (ReadOnlySpan<string>)[command.Configure, command.Write, command.Read])
        {
            if (pattern.Length > _state.Limits.MaxPatternChars || !PermissionPatterns.IsGood(pattern))
                return Refused(Reply.BadName);
        }
        var patterns = new PermissionPatterns(command.Configure, command.Write, command.Read);
        return Keep(user with { Permissions = user.Permissions.SetItem(command.Namespace.Value, patterns) });
    }

    private Answer ClearPermissions(DirectoryCommand.ClearPermissions command) =>
        _state.Users.GetValueOrDefault(command.User) is { } user
            ? Keep(user with { Permissions = user.Permissions.Remove(command.Namespace.Value) })
            : Answer.Ok;

    private Answer PutAccessKey(AccessKeyRecord key)
    {
        if (_state.Users.GetValueOrDefault(key.UserName) is null)
            return Refused(Reply.Gone);
        if (_state.Namespaces.Find(key.Namespace.Value) is null)
            return Refused(Reply.NamespaceNotFound);
        if (!EntityName.IsGood(key.SecretId))
            return Refused(Reply.BadName);
        if (key.SealedSecret.Length > _state.Limits.MaxArgumentBytes
            || (!_state.AccessKeys.ContainsKey(key.SecretId) && _state.AccessKeys.Count >= _state.Limits.MaxAccessKeys))
            return Refused(Reply.LimitReached);

        // It may have belonged to another user.
        DeleteAccessKey(key.SecretId);
        UserRecord user = _state.Users[key.UserName];
        _state = _state with { AccessKeys = _state.AccessKeys.Add(key.SecretId, key) };
        return Keep(user with { AccessKeys = user.AccessKeys.Add(key.SecretId) });
    }

    private Answer DeleteAccessKey(string secretId)
    {
        if (_state.AccessKeys.GetValueOrDefault(secretId) is not { } key)
            return Answer.Ok;
        _state = _state with { AccessKeys = _state.AccessKeys.Remove(secretId) };
        UserRecord user = _state.Users[key.UserName];
        return Keep(user with { AccessKeys = user.AccessKeys.Remove(secretId) });
    }

    private Answer Keep(UserRecord user)
    {
        _state = _state with { Users = _state.Users.SetItem(user.Name, user) };
        return Answer.Ok;
    }
}
