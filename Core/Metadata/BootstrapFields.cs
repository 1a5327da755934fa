namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>Encoding of the bootstrap record.</summary>
internal static class BootstrapFields
{
    public static void Write(FieldWriter output, DirectoryCommand.Bootstrap command)
    {
        output.Guid(command.ClusterId);
        output.Int32(command.DataGroups);
        output.Int32(command.Members.Count);
        foreach (Replica member in command.Members)
            output.Replica(member);
        output.Texts(command.Namespaces);
        output.Int32(command.Users.Count);
        foreach (SeedUser user in command.Users)
            Write(output, user);
        output.Int32(command.AccessKeys.Count);
        foreach (SeedAccessKey key in command.AccessKeys)
        {
            output.Text(key.SecretId);
            output.Block(key.SealedSecret.Span);
            output.Text(key.UserName);
            output.Text(key.Namespace);
        }
        EntityFields.Write(output, command.Limits);
    }

    public static DirectoryCommand.Bootstrap Read(ref FieldReader input)
    {
        Guid clusterId = input.Guid();
        int dataGroups = input.Int32();
        var members = new Replica[input.Count(FieldReader.ReplicaBytes)];
        for (int i = 0; i < members.Length; i++)
            members[i] = input.Replica();
        string[] namespaces = input.Texts();
        var users = new SeedUser[input.Count(5 * sizeof(int))];
        for (int i = 0; i < users.Length; i++)
            users[i] = ReadUser(ref input);
        var keys = new SeedAccessKey[input.Count(4 * sizeof(int))];
        for (int i = 0; i < keys.Length; i++)
            keys[i] = new SeedAccessKey(input.Text(), input.Block(), input.Text(), input.Text());
        return new(clusterId, dataGroups, members, namespaces, users, keys, EntityFields.ReadLimits(ref input));
    }

    private static void Write(FieldWriter output, SeedUser user)
    {
        output.Text(user.Name);
        EntityFields.Write(output, user.Verifier);
        output.Texts(user.Tags);
        output.Int32(user.Permissions.Count);
        foreach (SeedPermission permission in user.Permissions)
        {
            output.Text(permission.Namespace);
            output.Text(permission.Configure);
            output.Text(permission.Write);
            output.Text(permission.Read);
        }
    }

    private static SeedUser ReadUser(ref FieldReader input)
    {
        string name = input.Text();
        ScramVerifier verifier = EntityFields.ReadVerifier(ref input);
        string[] tags = input.Texts();
        var permissions = new SeedPermission[input.Count(4 * sizeof(int))];
        for (int i = 0; i < permissions.Length; i++)
            permissions[i] = new SeedPermission(input.Text(), input.Text(), input.Text(), input.Text());
        return new SeedUser(name, verifier, tags, permissions);
    }
}
