using System.Security.Cryptography;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Metadata;

public sealed class SecurityTests
{
    private static readonly byte[] ClusterKey = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly byte[] Nonce = [.. Enumerable.Range(0, 12).Select(i => (byte)i)];

    private readonly TestDirectory _directory = TestDirectory.Started();

    /// <summary>RFC 7677 section 3: the client proof and the server signature of its example follow from the
    /// keys.</summary>
    [Fact]
    public void The_verifier_is_the_one_of_the_example_in_RFC_7677()
    {
        byte[] salt = Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==");
        ScramVerifier verifier = ScramVerifier.Create("pencil"u8, salt, 4096);
        byte[] message = Encoding.ASCII.GetBytes(
            "n=user,r=rOprNGfwEbeRWgbNEkqO,"
            + "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
            + "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");

        byte[] clientSignature = HMACSHA256.HashData(verifier.StoredKey, message);
        byte[] proof = Convert.FromBase64String("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        byte[] clientKey = [.. proof.Zip(clientSignature, (left, right) => (byte)(left ^ right))];

        Assert.Equal(verifier.StoredKey.ToArray(), SHA256.HashData(clientKey));
        Assert.Equal(
            "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            Convert.ToBase64String(HMACSHA256.HashData(verifier.ServerKey, message)));
    }

    [Fact]
    public void A_verifier_knows_its_password_and_no_other()
    {
        ScramVerifier verifier = ScramVerifier.Create("pässword"u8, "0123456789abcdef"u8);

        Assert.True(verifier.Verify("pässword"u8));
        Assert.False(verifier.Verify("pässworD"u8));
        Assert.False(verifier.Verify(""u8));
        Assert.False(ScramVerifier.Decoy.Verify(""u8));
        Assert.Throws<ArgumentOutOfRangeException>(() => ScramVerifier.Create("x"u8, "0123456789abcdef"u8, 4095));
    }

    [Fact]
    public void A_sealed_secret_opens_with_its_key_and_for_its_owner_only()
    {
        byte[] sealedSecret = SecretSealer.Seal(ClusterKey, Nonce, "secret"u8, "owner"u8);
        Assert.Equal("secret"u8.ToArray(), SecretSealer.Open(ClusterKey, sealedSecret, "owner"u8));
        Assert.Equal(-1, sealedSecret.AsSpan().IndexOf("secret"u8));

        Refuse(new byte[32], sealedSecret, "owner");
        Refuse(ClusterKey, sealedSecret, "other");
        Refuse(ClusterKey, sealedSecret[..27], "owner");
        for (int i = 0; i < sealedSecret.Length; i++)
        {
            byte[] damaged = [.. sealedSecret];
            damaged[i] ^= 1;
            Refuse(ClusterKey, damaged, "owner");
        }

        static void Refuse(byte[] key, byte[] bytes, string owner) => Assert.ThrowsAny<CryptographicException>(
            () => SecretSealer.Open(key, bytes, Encoding.UTF8.GetBytes(owner)));
    }

    [Fact]
    public void Rights_are_those_of_the_present_state()
    {
        _directory.Ok(new DirectoryCommand.PutUser("u", TestDirectory.Verifier, ["monitoring"]));
        var identity = new DirectoryIdentity("u", () => _directory.Snapshot);
        NamespaceId root = _directory.Root;
        Assert.Equal(["monitoring"], identity.Tags);
        Assert.False(identity.MayEnter(root));
        Assert.False(identity.May(Access.Read, root, "q"));

        _directory.Ok(new DirectoryCommand.SetPermissions("u", root, "", "^a", "b"));
        Assert.True(identity.MayEnter(root));
        Assert.False(identity.May(Access.Configure, root, "a"));
        Assert.False(identity.May(Access.Configure, root, ""));
        Assert.True(identity.May(Access.Write, root, "abc"));
        Assert.False(identity.May(Access.Write, root, "ba"));
        Assert.True(identity.May(Access.Read, root, "abc"));
        Assert.False(identity.May(Access.Read, root, "aBc"));

        _directory.Ok(new DirectoryCommand.PutUser("u", TestDirectory.Verifier, []));
        Assert.Empty(identity.Tags);
        Assert.True(identity.MayEnter(root));
        _directory.Ok(new DirectoryCommand.ClearPermissions("u", root));
        Assert.False(identity.MayEnter(root));
        _directory.Ok(new DirectoryCommand.SetPermissions("u", root, ".*", ".*", ".*"));
        _directory.Ok(new DirectoryCommand.DeleteUser("u"));
        Assert.False(identity.MayEnter(root));
    }

    [Theory]
    [InlineData("(")]
    [InlineData("(a)\\1")]
    [InlineData("a(?=b)")]
    [InlineData("(?>a)")]
    public void A_pattern_that_needs_backtracking_or_is_none_is_refused(string pattern)
    {
        NamespaceId root = _directory.Root;

        _directory.Refused(Reply.BadName, new DirectoryCommand.SetPermissions("guest", root, pattern, "", ""));
        _directory.Refused(Reply.BadName, new DirectoryCommand.SetPermissions("guest", root, "", pattern, ""));
        _directory.Refused(Reply.BadName, new DirectoryCommand.SetPermissions("guest", root, "", "", pattern));

        Assert.Equal(".*", _directory.Snapshot.FindUser("guest")!.Permissions[root.Value].Configure);
    }

    [Fact]
    public void Permissions_need_a_user_and_a_namespace_and_have_a_length()
    {
        _directory.Refused(Reply.Gone, new DirectoryCommand.SetPermissions("nobody", _directory.Root, "", "", ""));
        _directory.Refused(
            Reply.NamespaceNotFound, new DirectoryCommand.SetPermissions("guest", new NamespaceId(99), "", "", ""));
        _directory.Refused(
            Reply.BadName,
            new DirectoryCommand.SetPermissions("guest", _directory.Root, new string('a', 1_025), "", ""));
        _directory.Ok(new DirectoryCommand.ClearPermissions("nobody", _directory.Root));
        _directory.Refused(Reply.BadName, new DirectoryCommand.PutUser("", TestDirectory.Verifier, []));
    }

    [Fact]
    public void Access_keys_belong_to_a_user_and_go_with_it()
    {
        _directory.Ok(new DirectoryCommand.PutUser("u", TestDirectory.Verifier, []));
        _directory.Ok(new DirectoryCommand.PutAccessKey(Key("k", "guest")));
        _directory.Ok(new DirectoryCommand.PutAccessKey(Key("k", "u") with { Enabled = false }));
        Assert.Equal(("u", false), (Found("k")!.UserName, Found("k")!.Enabled));
        _directory.Refused(Reply.Gone, new DirectoryCommand.PutAccessKey(Key("k2", "nobody")));
        _directory.Refused(Reply.BadName, new DirectoryCommand.PutAccessKey(Key("", "u")));
        _directory.Refused(
            Reply.NamespaceNotFound,
            new DirectoryCommand.PutAccessKey(Key("k2", "u") with { Namespace = new NamespaceId(99) }));

        _directory.Ok(new DirectoryCommand.DeleteUser("u"));
        Assert.Null(Found("k"));
        Assert.NotNull(Found("key1"));
        _directory.Ok(new DirectoryCommand.DeleteAccessKey("key1"));
        _directory.Ok(new DirectoryCommand.DeleteAccessKey("key1"));
        Assert.Empty(_directory.Snapshot.ListAccessKeys());

        AccessKeyRecord Key(string id, string user) => new(id, new byte[] { 1 }, user, _directory.Root, true);

        AccessKeyRecord? Found(string id) => _directory.Snapshot.FindAccessKey(id);
    }
}
