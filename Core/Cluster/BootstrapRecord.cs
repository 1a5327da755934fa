using System.Security.Cryptography;
using System.Text.Json;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// What a cluster begins with, the same on every first member: identity, groups, replicas, and the key that seals
/// secrets. Kept in a file that only the owner may read; it is in no log and no snapshot.
/// </summary>
internal sealed record BootstrapRecord
{
    public const string FileName = "cluster.json";

    private static readonly JsonSerializerOptions NothingNull = new() { RespectNullableAnnotations = true };

    public required Guid ClusterId { get; init; }

    public required int DataGroups { get; init; }

    public required IReadOnlyList<Replica> Replicas { get; init; }

    /// <summary>32 bytes.</summary>
    public required byte[] ClusterKey { get; init; }

    /// <summary>The encoded <see cref="DirectoryCommand.Bootstrap"/> that the directory's first leader proposes.</summary>
    public required byte[] Directory { get; init; }

    /// <summary>Who got it when it joined later; null on a first member.</summary>
    public Admission? Joined { get; init; }

    /// <summary>One first member: a node and its disk.</summary>
    public sealed record Replica(int Node, Guid StoreId);

    /// <summary>A node and its disk, and the last life that its number had with a disk before; 0 = none.</summary>
    public sealed record Admission(int Node, Guid StoreId, long LastIncarnation);

    /// <summary>Makes a record for a new cluster.</summary>
    /// <param name="options">Seeds and sizes.</param>
    /// <param name="replicas">The first members.</param>
    /// <param name="newKey">The key pair that was made up because none was configured.</param>
    public static BootstrapRecord Make(
        NodeOptions options, IReadOnlyList<Replica> replicas, out SeedAccessKey? newKey)
    {
        byte[] clusterKey = RandomNumberGenerator.GetBytes(SecretSealer.KeyBytes);
        var clusterId = Guid.NewGuid();
        int groups = options.DataGroups > 0 ? options.DataGroups : Math.Clamp(Environment.ProcessorCount, 2, 16);
        IReadOnlyList<SeedUser> users = options.Users.Count > 0
            ? options.Users
            : [new SeedUser("guest", "guest", ["administrator"])];
        IReadOnlyList<SeedAccessKey> keys = options.AccessKeys;
        newKey = null;
        if (keys.Count == 0)
        {
            newKey = new SeedAccessKey(
                "AKID" + RandomNumberGenerator.GetHexString(16),
                RandomNumberGenerator.GetHexString(32),
                users[0].Name,
                "/");
            keys = [newKey];
        }

        var bootstrap = new DirectoryCommand.Bootstrap(
            clusterId,
            groups,
            [.. replicas.Select(one => new Core.Replica(new NodeId(one.Node), one.StoreId)).OrderBy(one => one.Node.Value)],
            ["/"],
            [.. users.Select(Seed)],
            [.. keys.Select(key => new Metadata.SeedAccessKey(
                key.SecretId, Seal(clusterKey, key.SecretId, key.SecretKey), key.User, key.Namespace))],
            new DirectoryLimits { MaxQueues = options.Limits.MaxEntities, MaxTopics = options.Limits.MaxEntities });
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        DirectoryCommandCodec.Write(output, bootstrap);
        return new BootstrapRecord
        {
            ClusterId = clusterId,
            DataGroups = groups,
            Replicas = replicas,
            ClusterKey = clusterKey,
            Directory = output.WrittenSpan.ToArray(),
        };
    }

    public static byte[] Seal(byte[] clusterKey, string secretId, string secret) => SecretSealer.Seal(
        clusterKey,
        RandomNumberGenerator.GetBytes(SecretSealer.NonceBytes),
        System.Text.Encoding.UTF8.GetBytes(secret),
        System.Text.Encoding.UTF8.GetBytes(secretId));

    /// <summary>Null when the directory has none yet.</summary>
    public static BootstrapRecord? Load(string directory)
    {
        string path = Path.Combine(directory, FileName);
        return File.Exists(path) ? Parse(File.ReadAllBytes(path)) : null;
    }

    /// <exception cref="InvalidDataException">It is no record, lacks a part, or contradicts itself: a node that adopted it
    /// could never start again.</exception>
    public static BootstrapRecord Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            BootstrapRecord record = JsonSerializer.Deserialize<BootstrapRecord>(json, NothingNull)
                ?? throw new InvalidDataException($"{FileName} is empty");
            if (record.FindFault() is { } fault)
                throw new InvalidDataException($"{FileName} {fault}");
            return record;
        }
        catch (Exception broken) when (broken is JsonException or InvariantException)
        {
            throw new InvalidDataException($"{FileName} is no cluster's record: {broken.Message}", broken);
        }
    }

    /// <summary>Null: it has none.</summary>
    private string? FindFault()
    {
        if (Replicas.Any(replica => replica is null || replica.Node < 1))
            return "names a first member that is none";
        if (Replicas.Count is < 1 or > DirectoryLimits.MaxMembers
            || Replicas.DistinctBy(replica => replica.Node).Count() != Replicas.Count)
            return $"names {Replicas.Count} first members, or one twice";
        if (DataGroups is < 1 or > Positions.MaxGroup)
            return $"has {DataGroups} data groups";
        if (ClusterKey.Length != SecretSealer.KeyBytes)
            return "has no cluster key";
        return DirectoryCommandCodec.Read(Directory) is DirectoryCommand.Bootstrap bootstrap
            && bootstrap.ClusterId == ClusterId && bootstrap.DataGroups == DataGroups
            ? null
            : "has the beginning of another directory";
    }

    /// <summary>Whether it is for a node with that disk: a first member's for all of them, a later one's for that
    /// one.</summary>
    public bool Names(NodeId node, Guid store) => Joined is { } joined
        ? joined.Node == node.Value && joined.StoreId == store
        : IsFirst(node, store);

    /// <summary>As a member of the cluster gets it.</summary>
    public BootstrapRecord For(ClusterMember member) => this with
    {
        Joined = IsFirst(member.Node, member.Replica.Store)
            ? null
            : new Admission(member.Node.Value, member.Replica.Store, member.LastIncarnation),
    };

    /// <summary>The configuration that every group begins with, as the holder knows it: who joined later learns it from
    /// the log.</summary>
    public GroupMembers FirstMembers()
    {
        if (Joined is not null)
            return GroupMembers.None;
        Core.Replica[] first =
            [.. Replicas.Select(one => new Core.Replica(new NodeId(one.Node), one.StoreId)).OrderBy(one => one.Node.Value)];
        return new GroupMembers([.. first.Select(one => one.Node)], []) { Replicas = first };
    }

    private bool IsFirst(NodeId node, Guid store) =>
        Replicas.Any(replica => replica.Node == node.Value && replica.StoreId == store);

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <summary>Durable when it returns, readable by the owner only.</summary>
    public void Save(string directory)
    {
        string path = Path.Combine(directory, FileName);
        string temporary = path + ".new";
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(temporary, options))
        {
            file.Write(ToBytes());
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        Storage.DirectorySync.Flush(directory);
    }

    private static Metadata.SeedUser Seed(SeedUser user) => new(
        user.Name,
        ScramVerifier.Create(
            System.Text.Encoding.UTF8.GetBytes(user.Password),
            RandomNumberGenerator.GetBytes(ScramVerifier.SaltBytes)),
        user.Tags,
        [new SeedPermission("/", ".*", ".*", ".*")]);
}
