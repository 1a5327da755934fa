using Cmq.MultiProtocol.Adapters.Http.Codec;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Codec;

/// <summary>Spec section 1.1.</summary>
public sealed class HttpTargetTests
{
    [Theory]
    [InlineData("/", "/", "", true)]
    [InlineData("/?a=1", "/", "a=1", true)]
    [InlineData("/v2/index.php", "/v2/index.php", "", true)]
    [InlineData("//v2/index.php?a=1?b", "//v2/index.php", "a=1?b", true)]
    [InlineData("///", "///", "", true)]
    [InlineData("http://host:80/v2/index.php?a", "/v2/index.php", "a", true)]
    [InlineData("http://host", "/", "", true)]
    [InlineData("/v2/index.php/", "/v2/index.php/", "", false)]
    [InlineData("/v2", "/v2", "", false)]
    [InlineData("/favicon.ico", "/favicon.ico", "", false)]
    public void The_path_is_kept_as_it_was_sent(string target, string path, string query, bool isApi)
    {
        HttpTarget read = HttpTarget.Read(target);

        Assert.Equal(new HttpTarget(path, query), read);
        Assert.Equal(isApi, read.IsApi);
    }
}
